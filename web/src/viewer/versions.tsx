import { api, type Version } from "../api";
import type { Opened } from "../route";
import { useShell } from "../shared/shell";
import { useLoaded } from "../shared/use_loaded";

function covers(version: Version, asOf: string): boolean {
  return version.tags.includes(asOf) || version.as_of === asOf;
}

/** Which versions of the document there are; the one that is chosen is shown. Nothing where there is only one. */
export function Versions({ opened, shown }: { opened: Opened; shown: string }) {
  const { t, language, open } = useShell();
  const { kb, doc, as_of: asOf } = opened;
  const loaded = useLoaded(`${kb}/${doc}/${shown}`, (signal) => api.versions(kb, doc, asOf, signal));
  const versions = loaded.state === "ready" ? loaded.value.versions : [];
  const here = versions.findIndex((version) => (asOf === undefined ? version.died === null : covers(version, asOf)));
  const place = here >= 0 ? here : versions.findIndex((version) => version.version === shown);
  if (versions.length < 2 && asOf === undefined) return null;

  const name = ({ born, born_ms: bornMs, died, tags }: Version) => {
    const since = bornMs === null ? `${t("epoch")} ${born}` : new Date(bornMs).toLocaleString(language);
    return [died === null ? t("versionNow") : t("versionPast"), since, ...tags].join(" · ");
  };
  return (
    <div className="versions">
      <label>
        {t("version")} ({versions.length})
        <select
          value={place}
          onChange={(event) => {
            const chosen = versions[Number(event.target.value)]!;
            open({ kb, doc, as_of: chosen.died === null ? undefined : chosen.as_of });
          }}
        >
          {versions.map((version, number) => (
            <option key={version.born} value={number}>
              {name(version)}
            </option>
          ))}
        </select>
      </label>
      {asOf !== undefined && versions[place]?.died !== null && <p className="notice">{t("versionOld")}</p>}
    </div>
  );
}
