import { useRef, useState, type DragEvent } from "react";
import { api, Refusal, type Sources } from "../api";
import { Wrong } from "../shared/notice";
import { useShell } from "../shared/shell";
import { asError } from "../shared/use_loaded";
import { dropped, kFilesMax, pickedFrom, type Picked } from "./dropped";

type Sent = { state: "waiting" | "sending" | "added" | "there" } | { state: "failed"; error?: Error };
type Upload = Picked & { id: number; flow: string; sent: Sent };

/** Without an error it was never sent: the server says before how much it takes. */
function WhyNot({ error }: { error: Error | undefined }) {
  const { t } = useShell();
  if (error === undefined) return t("tooLarge");
  return error instanceof Refusal ? <Wrong code={error.code} message={error.message} /> : t("unreachable");
}

function UploadRow({ upload, replace }: { upload: Upload; replace: () => void }) {
  const { t } = useShell();
  const { sent } = upload;
  return (
    <li className="row">
      <span className="name">{upload.path}</span>
      <span className={`state ${sent.state}`}>
        {sent.state === "waiting" && t("waiting")}
        {sent.state === "sending" && t("sending")}
        {sent.state === "added" && t("added")}
        {sent.state === "failed" && <WhyNot error={sent.error} />}
        {sent.state === "there" && t("isThere")}
      </span>
      {sent.state === "there" && (
        <button type="button" className="quiet" aria-label={`${t("replace")}: ${upload.path}`} onClick={replace}>
          {t("replace")}
        </button>
      )}
    </li>
  );
}

/** Files go one after the other, then a run takes them in. `onAdded`: something is there that no run has seen. */
export function Uploads({ sources, onAdded }: { sources: Sources; onAdded: (flow: string) => void }) {
  const { t } = useShell();
  const open = sources.flows.filter((flow) => flow.takes_files);
  const [flow, setFlow] = useState(open[0]?.flow);
  const [uploads, setUploads] = useState<Upload[]>([]);
  const [over, setOver] = useState(false);
  const [tooMany, setTooMany] = useState(false);
  const [unread, setUnread] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  const nextId = useRef(0);
  const queue = useRef(Promise.resolve());

  const mark = (id: number, sent: Sent) =>
    setUploads((before) => before.map((upload) => (upload.id === id ? { ...upload, sent } : upload)));

  const send = async (upload: Upload, replace: boolean): Promise<boolean> => {
    if (upload.file.size > sources.file_bytes_max) {
      mark(upload.id, { state: "failed" });
      return false;
    }
    mark(upload.id, { state: "sending" });
    try {
      await api.upload(upload.flow, upload.path, upload.file, replace);
      mark(upload.id, { state: "added" });
      return true;
    } catch (error) {
      const there = error instanceof Refusal && error.status === 409 && !replace;
      mark(upload.id, there ? { state: "there" } : { state: "failed", error: asError(error) });
      return false;
    }
  };

  const sendAll = (picked: Upload[], replace: boolean) => {
    queue.current = queue.current.then(async () => {
      let any = false;
      for (const upload of picked) any = (await send(upload, replace)) || any;
      if (any) onAdded(picked[0]!.flow);
    });
  };

  const add = (picked: Picked[]) => {
    if (flow === undefined) return;
    setTooMany(picked.length > kFilesMax);
    const fresh = picked
      .slice(0, kFilesMax)
      .map((one): Upload => ({ ...one, id: nextId.current++, flow, sent: { state: "waiting" } }));
    setUploads((before) => [...before, ...fresh].slice(-kFilesMax));
    sendAll(fresh, false);
  };

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    setUnread(false);
    dropped(event.dataTransfer).then(add, () => setUnread(true));
  };

  if (flow === undefined) return <p className="aside">{t("takesNone")}</p>;
  return (
    <>
      <div
        className={over ? "drop over" : "drop"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <p>{t("dropHere")}</p>
        <div className="row">
          {open.length > 1 && (
            <select aria-label={t("addTo")} value={flow} onChange={(event) => setFlow(event.target.value)}>
              {open.map((one) => (
                <option key={one.flow}>{one.flow}</option>
              ))}
            </select>
          )}
          <button type="button" onClick={() => chooser.current?.click()}>
            {t("chooseFiles")}
          </button>
        </div>
        <input
          ref={chooser}
          type="file"
          multiple
          hidden
          onChange={(event) => {
            add(pickedFrom(event.target.files ?? []));
            event.target.value = ""; // the same file may be chosen again
          }}
        />
      </div>
      {tooMany && <p className="aside">{t("tooMany")}</p>}
      {unread && <p className="notice">{t("dropUnread")}</p>}
      {uploads.length > 0 && (
        <>
          <ul className="uploads" aria-live="polite">
            {uploads.map((upload) => (
              <UploadRow key={upload.id} upload={upload} replace={() => sendAll([upload], true)} />
            ))}
          </ul>
          <button type="button" className="quiet" onClick={() => setUploads([])}>
            {t("clear")}
          </button>
        </>
      )}
    </>
  );
}
