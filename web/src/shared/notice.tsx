import { Refusal } from "../api";
import { useShell } from "./shell";

/** What went wrong, with what to do about it where that is known. */
export function Failure({ error }: { error: Error }) {
  const { t } = useShell();
  if (error instanceof Refusal && error.login)
    return (
      <div className="notice" role="alert">
        <strong>{t("loginNeeded")}</strong>
        <p>{t("loginHow")}</p>
      </div>
    );
  const message = error instanceof Refusal ? error.message : `${t("unreachable")}: ${error.message}`;
  return (
    <div className="notice" role="alert">
      {message}
    </div>
  );
}
