import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { attributesQuery } from "../api/queries";
import { customersAt } from "../customers/address";
import { useSay } from "../lang";
import { Icon, type IconName } from "../ui/icon";
import { stages, useStageName } from "../ui/stage";
import type { Place } from "./places";

interface Hit {
  id: string;
  kind: "pages" | "lists" | "terms";
  icon: IconName;
  name: string;
  about?: string;
  to: string;
}

/** Finds a page, a list of customers or what a term means, by keyboard alone. */
export function Palette({ places, close }: { places: readonly Place[]; close: () => void }) {
  const { t } = useTranslation();
  const say = useSay();
  const stageName = useStageName();
  const navigate = useNavigate();
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const attributes = useQuery(attributesQuery());
  const mayList = places.some((p) => p.id === "customers");

  useEffect(() => dialog.current?.showModal(), []);

  const all = useMemo<Hit[]>(() => {
    const pages: Hit[] = places.map((p) => ({
      id: p.id,
      kind: "pages",
      icon: p.icon,
      name: t(`places.${p.id}`),
      to: p.to,
    }));
    if (!mayList) return pages;
    const lists: Hit[] = stages.map((s) => ({
      id: `stage-${s}`,
      kind: "lists",
      icon: "customers",
      name: t("palette.stageList", { stage: stageName(s) }),
      to: customersAt([["stage", "is", s]]),
    }));
    const terms: Hit[] = (attributes.data ?? []).map((a) => ({
      id: `term-${a.name}`,
      kind: "terms",
      icon: "help",
      name: say(a.label),
      about: say(a.definition),
      to: customersAt([], `-${a.name}`),
    }));
    return [...pages, ...lists, ...terms];
  }, [places, mayList, attributes.data, t, say, stageName]);

  const wanted = text.trim().toLowerCase();
  const hits = wanted
    ? all.filter((h) => `${h.name} ${h.about ?? ""} ${h.id}`.toLowerCase().includes(wanted)).slice(0, 30)
    : all.filter((h) => h.kind !== "terms");
  const current = Math.min(at, Math.max(0, hits.length - 1));

  const go = (hit: Hit | undefined) => {
    if (!hit) return;
    close();
    navigate(hit.to);
  };
  useEffect(() => {
    document.getElementById(`${list}-${current}`)?.scrollIntoView({ block: "nearest" });
  }, [current, list]);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog
      ref={dialog}
      className="palette"
      aria-label={t("shell.find")}
      onClose={close}
      onClick={(e) => {
        if (e.target === dialog.current) close();
      }}
    >
      <div className="palette-field">
        <Icon name="search" />
        <input
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={list}
          aria-activedescendant={hits.length ? `${list}-${current}` : undefined}
          aria-label={t("palette.placeholder")}
          placeholder={t("palette.placeholder")}
          value={text}
          onChange={(e) => {
            setText(e.target.value);
            setAt(0);
          }}
          onKeyDown={(e) => {
            if (e.key === "ArrowDown") setAt(Math.min(hits.length - 1, current + 1));
            else if (e.key === "ArrowUp") setAt(Math.max(0, current - 1));
            else if (e.key === "Enter" && !e.nativeEvent.isComposing) go(hits[current]);
            else return;
            e.preventDefault();
          }}
        />
      </div>
      <div className="palette-list" role="listbox" id={list} aria-label={t("shell.find")}>
        {hits.length === 0 && <p className="kind">{t("palette.none")}</p>}
        {hits.map((h, k) => (
          <div key={h.id} role="presentation">
            {h.kind !== hits[k - 1]?.kind && <p className="kind">{t(`palette.${h.kind}`)}</p>}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys */}
            {/* biome-ignore lint/a11y/useFocusableInteractive: options are reached by aria-activedescendant */}
            <div
              id={`${list}-${k}`}
              role="option"
              aria-selected={k === current}
              className="palette-item"
              onMouseMove={() => setAt(k)}
              onClick={() => go(h)}
            >
              <Icon name={h.icon} />
              <span>{h.name}</span>
              <span className="about">{h.about}</span>
            </div>
          </div>
        ))}
      </div>
    </dialog>
  );
}
