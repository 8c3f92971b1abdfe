// naru forget: one document goes from everywhere, what is left is looked for, and the proof is printed.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/commands/commands.h"
#include "app/find_document.h"
#include "app/words.h"

namespace naru {

namespace {

struct ForgetFlags {
  std::string doc;
  bool dry_run = false, undo = false;
};

struct Name {
  std::string flow, key;
  auto operator<=>(const Name&) const = default;
};

// The flows of the configuration and those that only the store still has, with what DOC may be called in each.
Result<std::vector<Name>> names_of(Engine& engine, Store& store, const std::string& doc) {
  std::set<Name> names;
  for (const std::string& flow : NARU_TRY(store.flows())) names.insert({flow, doc});
  for (const FlowConfig& flow : engine.config().flows) {
    names.insert({flow.name, doc});
    if (doc.starts_with(flow.knowledge_base + "/")) {
      names.insert({flow.name, doc.substr(flow.knowledge_base.size() + 1)});
    }
  }
  return std::vector<Name>(names.begin(), names.end());
}

Result<Name> only(std::vector<Name> names, const std::string& doc, const Error& none) {
  if (names.empty()) return none;
  if (names.size() == 1) return std::move(names.front());
  return Error(Code::invalid_argument, fmt::format("{} is there more than once, in {} and {}; name one as KB/DOC", doc,
                                                   names[0].flow, names[1].flow));
}

// A document, else a reject, else something that was forgotten before and is looked for again.
Result<Name> find_name(Engine& engine, Store& store, const std::string& doc) {
  Result<DocumentView> view = find_document(engine, store, Principal::owner(), doc);
  if (view) return Name{view->flow, view->doc};
  if (view.error().code() != Code::not_found) return std::move(view).error();
  std::vector<Name> names;
  for (const auto& [flow, reject] : NARU_TRY(store.rejects())) {
    if (reject.key == doc) names.push_back({flow, doc});
  }
  if (!names.empty()) return only(std::move(names), doc, view.error());
  for (const std::string& flow : NARU_TRY(store.past_flows(doc))) names.push_back({flow, doc});
  if (!names.empty()) return only(std::move(names), doc, view.error());
  const auto forgotten = NARU_TRY(store.forgotten());
  if (forgotten) {
    for (Name& name : NARU_TRY(names_of(engine, store, doc))) {
      if (forgotten->has_item(name.flow, name.key)) names.push_back(std::move(name));
    }
  }
  return only(std::move(names), doc, view.error());
}

Json counts_to_json(const Traces::Counts& counts) {
  Json json = Json::object();
  for (std::size_t i = 0; i < counts.size(); ++i) json[std::string(kTraceKindNames[i])] = counts[i];
  return json;
}

std::uint64_t sum_of(const Traces::Counts& counts) {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : counts) sum += count;
  return sum;
}

Json proof_to_json(const ForgetProof& proof, const std::string& doc) {
  Json json = {{"doc", doc}, {"dry_run", proof.dry_run}};
  Json gone = {{"documents", proof.documents}, {"chunks", proof.chunks}, {"dead_chunks", proof.dead_chunks},
               {"terms", proof.terms}, {"answers", proof.answers}, {"generations", proof.generations},
               {"others_generations", proof.others_generations}};
  if (proof.dry_run) {
    json["would_remove"] = std::move(gone);
    json["traces"] = counts_to_json(proof.looked_for);
    json["segments"] = proof.segments_before;
    return json;
  }
  gone.update({{"postings", proof.postings}, {"vectors", proof.vectors}, {"contents", proof.contents},
               {"memo", proof.memo}});
  json.update({{"ok", proof.clean()}, {"again", proof.again}, {"digest", proof.digest}, {"removed", std::move(gone)},
               {"segments", {{"before", proof.segments_before}, {"after", proof.segments_after}}}});
  Json occurrences = counts_to_json(proof.occurrences);
  occurrences["term"] = proof.terms_found;
  json["scan"] = {{"files", proof.files}, {"bytes", proof.bytes}, {"unpacked_bytes", proof.unpacked_bytes},
                  {"traces", counts_to_json(proof.looked_for)}, {"occurrences", std::move(occurrences)},
                  {"found_in", proof.found_in}};
  return json;
}

void print(const ForgetProof& proof, const std::string& doc, Invocation& invocation) {
  Output& output = invocation.output();
  if (invocation.json()) return output.json(proof_to_json(proof, doc));
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
  for (const Name& name : NARU_TRY(names_of(engine, *store, doc))) {
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
  const Name name = NARU_TRY(find_name(*engine, *store, flags.doc));
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
