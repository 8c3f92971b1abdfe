import type { ForgetCounts, ForgetProof } from "../api";
import { useShell } from "../shared/shell";
import { megabytes, type Word } from "../words";

// In the order in which a person asks: the document, what was derived from it, what it left elsewhere.
const kCounts: [keyof ForgetCounts, Word][] = [
  ["documents", "goneDocuments"],
  ["chunks", "goneChunks"],
  ["dead_chunks", "goneDeadChunks"],
  ["generations", "goneGenerations"],
  ["others_generations", "goneOthersGenerations"],
  ["terms", "goneTerms"],
  ["postings", "gonePostings"],
  ["vectors", "goneVectors"],
  ["contents", "goneContents"],
  ["answers", "goneAnswers"],
  ["memo", "goneMemo"],
];

/** What would go or went, and what a look through every file found afterwards. What is nought is not said. */
export function Proof({ proof }: { proof: ForgetProof }) {
  const { t, language } = useShell();
  const counts = proof.would_remove ?? proof.removed;
  const said = kCounts.filter(([name]) => (counts?.[name] ?? 0) > 0);
  const number = new Intl.NumberFormat(language);
  return (
    <>
      <dl className="proof">
        {said.map(([name, word]) => (
          <div key={name}>
            <dt>{t(word)}</dt>
            <dd>{number.format(counts![name]!)}</dd>
          </div>
        ))}
      </dl>
      {proof.scan !== undefined && (
        <p>
          {t("scanned")} {number.format(proof.scan.files)} · {megabytes(proof.scan.bytes)} ·{" "}
          {proof.scan.found_in.length === 0 ? t("nothingLeft") : `${t("stillIn")} ${proof.scan.found_in.join(", ")}`}
        </p>
      )}
    </>
  );
}
