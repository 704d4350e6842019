import { type ReactNode, useEffect, useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/kit";

/** Says what is about to happen and asks whether it shall. Escape and the other button leave all as it is. */
export function Confirm({
  title,
  act,
  danger,
  done,
  close,
  children,
}: {
  title: string;
  act: string;
  danger?: boolean;
  done: () => void;
  close: () => void;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="confirm" aria-labelledby={id} onClose={close}>
      <h2 id={id}>{title}</h2>
      {children}
      <div className="confirm-actions">
        <Button autoFocus onClick={() => dialog.current?.close()}>
          {t("data.leave")}
        </Button>
        <Button
          type="primary"
          danger={danger}
          onClick={() => {
            dialog.current?.close();
            done();
          }}
        >
          {act}
        </Button>
      </div>
    </dialog>
  );
}
