// naru forget: one document goes from everywhere, what is left is looked for, and the proof is printed.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/forget_document.h"
#include "app/words.h"

namespace naru {

namespace {

struct ForgetFlags {
  std::string doc;
  bool dry_run = false, undo = false;
};

std::uint64_t sum_of(const Traces::Counts& counts) {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : counts) sum += count;
  return sum;
}

void print(const ForgetProof& proof, const std::string& doc, Invocation& invocation) {
  Output& output = invocation.output();
  if (invocation.json()) return output.json(forget_proof_to_json(proof, doc));
  const std::string name = without_control(doc);
  const std::string counts = fmt::format("{} passages, {} terms and {} answers", proof.chunks, proof.terms,
                                         proof.answers);
  if (proof.dry_run) {
    output.line(fmt::format("{} would go, with {} that only it holds or that show it; nothing was changed", name,
                            counts));
    return;
  }
  output.line(fmt::format("{}: {}", proof.clean() ? output.toned(Tone::good, "forgotten")
                                                  : output.toned(Tone::bad, "not wholly forgotten"), name));
  output.line(fmt::format("  removed: {}; {} vectors, {} texts, {} postings, {} memos", counts, proof.vectors,
                          proof.contents, proof.postings, proof.memo));
  output.line(fmt::format("  looked for {} names, words, texts, ids and vectors that only it held, in {} files of {} "
                          "bytes: found {}", sum_of(proof.looked_for) + proof.terms, proof.files, proof.bytes,
                          sum_of(proof.occurrences) + proof.terms_found));
  for (const std::string& file : proof.found_in) output.line("  still in " + without_control(file));
  output.line(fmt::format("  kept out by its keyed hash {}", proof.digest));
}

Result<int> undo(Engine& engine, const std::string& doc, Invocation& invocation) {
  Store* store = NARU_TRY(engine.store_to_write());
  std::uint64_t undone = 0;
  for (const ForgetName& name : NARU_TRY(names_of(engine, *store, doc))) {
    undone += NARU_TRY(store->unforget(name.flow, name.key)) ? 1 : 0;
  }
  if (undone == 0) return Error(Code::not_found, fmt::format("{} was not forgotten here", doc));
  if (invocation.json()) {
    invocation.output().json({{"doc", doc}, {"undone", true}});
  } else {
    invocation.output().line(
        fmt::format("{} may come back: `naru run` takes it in if the source still has it", without_control(doc)));
  }
  return 0;
}

Result<int> run(const ForgetFlags& flags, Invocation& invocation) {
  NARU_TRY(invocation.require_owner("`naru forget`"));
  if (flags.dry_run && flags.undo) {
    return Error(Code::invalid_argument, "--dry-run says what would be forgotten, --undo forgets nothing; give one");
  }
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  Store* store = NARU_TRY(engine->store_to_read());
  if (store == nullptr) return Error(Code::not_found, kNothingTakenIn);
  if (flags.undo) return undo(*engine, flags.doc, invocation);
  if (!flags.dry_run) store = NARU_TRY(engine->store_to_write());
  const ForgetName name = NARU_TRY(find_name(*engine, *store, flags.doc));
  const ForgetProof proof = flags.dry_run ? NARU_TRY(store->plan_forget(name.flow, name.key))
                                          : NARU_TRY(store->forget(name.flow, name.key));
  print(proof, name.key, invocation);
  return proof.clean() ? 0 : exit_code(Code::internal);
}

}  // namespace

void build_forget(Syntax& syntax) {
  const auto flags = std::make_shared<ForgetFlags>();
  syntax.argument("DOC", flags->doc, "Its path or id; KB/DOC where that is in several knowledge bases.", Need::required)
      .flag("--dry-run", flags->dry_run, "Say what would go; change nothing.")
      .flag("--undo", flags->undo, "Let the next `naru run` take it in again.")
      .example("naru forget 인사/퇴직자.pdf --dry-run")
      .example("naru forget 인사/퇴직자.pdf           it stays out although the file is still there")
      .example("naru forget 인사/퇴직자.pdf --undo")
      .runs([flags](Invocation& invocation) { return run(*flags, invocation); });
}

}  // namespace naru
