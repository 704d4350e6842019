import { useQuery } from "@tanstack/react-query";
import { type DragEvent, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../api/problem";
import { meQuery } from "../api/queries";
import { percent } from "../lang/format";
import { permissions } from "../shell/places";
import { Icon } from "../ui/icon";
import { Button, Progress } from "../ui/kit";
import { Card } from "../ui/page";
import { ErrorState } from "../ui/state";
import { size } from "./figures";
import { upload } from "./upload";
import { Step } from "./wizard";
import { WorkspaceField } from "./workspace";

const accepted = ".xlsx,.xlsm,.csv,.tsv,.tab,.txt,.json,.jsonl,.ndjson,.parquet,.gz,.zst,.zip";

interface Sending {
  file: File;
  sent: number;
  problem?: Problem;
}

/** The first step: into which workspace, and the file. */
export function Choose({ done }: { done: (upload: string) => void }) {
  const { t } = useTranslation();
  const id = useId();
  const me = useQuery(meQuery);
  const [over, setOver] = useState(false);
  const [sending, setSending] = useState<Sending>();
  const stop = useRef<AbortController>(undefined);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => () => stop.current?.abort(), []);

  const ready = Boolean(me.data?.workspace) && permissions(me.data).has("imports.run");
  const send = async (file: File) => {
    const control = new AbortController();
    stop.current = control;
    setSending({ file, sent: 0 });
    try {
      const up = await upload(file, (sent) => setSending({ file, sent }), control.signal);
      if (!control.signal.aborted) done(up.id);
    } catch (error) {
      if (!control.signal.aborted) setSending({ file, sent: 0, problem: Problem.of(error) });
    }
  };
  const drop = (e: DragEvent) => {
    e.preventDefault();
    setOver(false);
    const file = e.dataTransfer.files[0];
    if (file && ready) void send(file);
  };
  const whole = sending ? sending.file.size || 1 : 1;
  const running = sending && !sending.problem;
  return (
    <Step at="choose" title={t("wizard.chooseTitle")} sentence={t("wizard.chooseText")}>
      <div className="grid">
        <Card title={t("wizard.where")} subtitle={t("wizard.whereText")} span={4}>
          {me.data && <WorkspaceField me={me.data} locked={Boolean(running)} />}
        </Card>
        <Card title={t("wizard.file")} subtitle={t("wizard.fileText")} span={8}>
          {running ? (
            <div className="sending" role="status">
              <div className="sending-head">
                <Icon name="file" />
                <b>{sending.file.name}</b>
                <span className="quiet">
                  {t("wizard.sent", { sent: size(sending.sent), of: size(sending.file.size) })}
                </span>
              </div>
              <Progress
                percent={Math.floor((100 * sending.sent) / whole)}
                format={() => percent(sending.sent / whole, 0)}
                aria-label={t("wizard.sending")}
              />
              <div>
                <Button
                  onClick={() => {
                    stop.current?.abort();
                    setSending(undefined);
                  }}
                >
                  {t("wizard.cancel")}
                </Button>
              </div>
            </div>
          ) : (
            <>
              {/* biome-ignore lint/a11y/noStaticElementInteractions: the button within does the same by keyboard */}
              <div
                className="drop"
                data-over={over}
                data-off={!ready}
                onDragOver={(e) => {
                  e.preventDefault();
                  setOver(true);
                }}
                onDragLeave={() => setOver(false)}
                onDrop={drop}
              >
                <Icon name="upload" />
                <p>{ready ? t("wizard.drop") : t("wizard.first")}</p>
                <Button type="primary" disabled={!ready} onClick={() => input.current?.click()}>
                  {t("wizard.pick")}
                </Button>
                <label htmlFor={id} className="hidden">
                  {t("wizard.file")}
                </label>
                <input
                  id={id}
                  ref={input}
                  type="file"
                  className="hidden"
                  tabIndex={-1}
                  accept={accepted}
                  disabled={!ready}
                  onChange={(e) => {
                    const file = e.target.files?.[0];
                    e.target.value = "";
                    if (file) void send(file);
                  }}
                />
              </div>
              {sending?.problem && <ErrorState error={sending.problem} retry={() => void send(sending.file)} />}
            </>
          )}
        </Card>
      </div>
      <Card title={t("wizard.tips")}>
        <ul className="plain-list">
          <li>{t("wizard.tipColumns")}</li>
          <li>{t("wizard.tipAgain")}</li>
          <li>{t("wizard.tipOthers")}</li>
          <li>{t("wizard.tipPrivate")}</li>
        </ul>
      </Card>
    </Step>
  );
}
