import { Refusal } from "../api";
import { sayCode } from "../notes";
import { useShell } from "./shell";

/** The server's own sentence, under what the page says of it. */
export function Detail({ message }: { message: string }) {
  return (
    <small className="detail" lang="en">
      {message}
    </small>
  );
}

/** An error by its code, then what the server says of it. In English that sentence alone says it all. */
export function Wrong({ code, message }: { code: string; message: string }) {
  const { language } = useShell();
  const said = language === "en" ? undefined : sayCode(language, code);
  if (said === undefined) return <span lang="en">{message}</span>;
  return (
    <>
      {said} <Detail message={message} />
    </>
  );
}

/** What is wrong with the question stays wrong; what is wrong with the server may pass. */
function mayPass(error: Error): boolean {
  return !(error instanceof Refusal) || error.status >= 429;
}

/** What went wrong, with what to do about it where that is known. */
export function Failure({ error, retry }: { error: Error; retry?: () => void }) {
  const { t } = useShell();
  if (error instanceof Refusal && error.login)
    return (
      <div className="notice" role="alert">
        <strong>{t("loginNeeded")}</strong>
        <p>{t("loginHow")}</p>
      </div>
    );
  return (
    <div className="notice" role="alert">
      {error instanceof Refusal ? (
        <Wrong code={error.code} message={error.message} />
      ) : (
        <>
          {t("unreachable")} {!(error instanceof TypeError) && <Detail message={error.message} />}
        </>
      )}
      {retry !== undefined && mayPass(error) && (
        <div>
          <button type="button" className="quiet" onClick={retry}>
            {t("tryAgain")}
          </button>
        </div>
      )}
    </div>
  );
}

/** Sentences that stand beside a result. */
export function Notes({ notes }: { notes: string[] }) {
  return notes.map((note) => (
    <p className="aside note" key={note}>
      {note}
    </p>
  ));
}
