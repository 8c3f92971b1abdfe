// naru eval retrieval: quality of search on a labelled set.
//
// The set's corpus goes through the real flow, jsonl → parse → chunk → embed → knowledge_base, into a store in the
// system's temporary folder that is gone afterwards. The judgements choose nothing, but for `--tune`: what that finds
// may be stored for a knowledge base of one's own.
#include <fmt/format.h>

#include <algorithm>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "app/progress.h"
#include "app/words.h"
#include "config/suggest.h"
#include "flow/engine.h"
#include "retrieve/evaluate.h"
#include "retrieve/tune.h"
#include "retrieve/written.h"
#include "runtime/clock.h"
#include "runtime/files.h"
#include "runtime/thread.h"
#include "text/unicode.h"

namespace naru {

namespace {

struct EvalFlags {
  std::string set;
  std::optional<std::string> legs, run_folder, base, diversity;
  bool tune = false;
};

Result<std::vector<Leg>> legs_of(const EvalFlags& flags) {
  std::vector<Leg> legs;
  for (const std::string& name : split_list(flags.legs.value_or("lexical,vector,hybrid"))) {
    Leg leg{};
    if (!leg_from_name(name, &leg)) {
      return Error(Code::invalid_argument,
                   fmt::format("there is no leg \"{}\"; known are lexical, vector, hybrid", name));
    }
    if (std::find(legs.begin(), legs.end(), leg) == legs.end()) legs.push_back(leg);
  }
  if (legs.empty()) return Error(Code::invalid_argument, "--leg names no leg; known are lexical, vector, hybrid");
  return legs;
}

// The flow as a person would write it, checked as theirs are.
Result<Config> set_config(const Engine& engine, const std::string& corpus, bool embed, const std::string& store) {
  const std::string path = NARU_TRY(absolute_path(corpus));
  const std::string yaml = fmt::format(
      "models: {{embed: {{stub: {{}}}}}}\n"
      "flows: {{set: {{source: {{jsonl: {{path: {}, id: _id, text: text}}}}, steps: [parse, chunk{}], "
      "target: {{knowledge_base: set}}}}}}\n",
      to_line(Json(path)), embed ? ", embed" : "");
  LoadedConfig loaded = check_config(yaml, "the set's flow", engine.config().folder, engine.registry());
  if (!loaded.diagnostics.empty()) return Error(Code::invalid_argument, loaded.diagnostics.front().text());
  Config config = engine.config();
  config.flows = std::move(loaded.config.flows);
  config.store = store;
  ModelSpec default_model;
  default_model.kind = ModelSpec::Kind::local;
  if (!config.embed) config.embed = default_model;
  return config;
}

Status take_in(Engine& engine, Invocation& invocation) {
  Output& output = invocation.output();
  std::vector<FlowPlan> plans = NARU_TRY(engine.plans({}));
  Store* store = NARU_TRY(engine.store_to_write());
  std::uint64_t rejected = 0;
  const auto tell = [&](const FlowEvent& event) {
    if (const auto* progress = std::get_if<ProgressEvent>(&event)) {
      output.progress(progress_line("corpus", progress->done, progress->total, progress->seconds));
    }
    const auto* reject = std::get_if<RejectEvent>(&event);
    if (reject != nullptr && ++rejected == 1) {
      output.note(without_control(fmt::format("{}: {}", reject->reject.key, reject->reject.message)));
    }
  };
  FlowRunner runner(*store, *store, system_clock(), tell);
  RunOptions options;
  options.workers = usable_cores();
  options.stop = invocation.stop();
  const RunReport report = NARU_TRY(runner.run(plans.front(), options));
  output.progress("");
  if (report.cancelled) return Error(Code::cancelled, "stopped while taking in the corpus");
  if (rejected > 0) output.note(fmt::format("{} rows of the corpus were rejected", rejected));
  return {};
}

Result<LegRun> ask_all(Engine& engine, Store& store, const EvalSet& set, const SearchRequest& how,
                       Invocation& invocation) {
  const Principal principal = NARU_TRY(invocation.principal());
  const Engine::Searcher searcher = NARU_TRY(engine.searcher(store, how.leg, principal));
  const std::int64_t start = system_clock().monotonic_ns();
  return run_queries(set, *searcher.retriever, how, principal, invocation.stop(), [&](std::size_t done) {
    const double seconds = elapsed_ms(start, system_clock().monotonic_ns()) / 1000;
    invocation.output().progress(progress_line(leg_name(how.leg), done, set.queries.size(), seconds));
  });
}

void print(const Json& figures, Output& output) {
  output.line("leg       ndcg@10  recall@10  recall@100  mrr@10   ms p50   ms p99");
  for (const auto& [leg, row] : figures.items()) {
    output.line(fmt::format("{:<9} {:>7.4f} {:>10.4f} {:>11.4f} {:>7.4f} {:>8.2f} {:>8.2f}", leg,
                            row["ndcg@10"].get<double>(), row["recall@10"].get<double>(),
                            row["recall@100"].get<double>(), row["mrr@10"].get<double>(), row["ms_p50"].get<double>(),
                            row["ms_p99"].get<double>()));
  }
}

// Tuned as `base` is searched, where it is for one.
Result<Tuned> tune(Engine& engine, Store& store, const EvalSet& set, const std::optional<std::string>& base,
                   Invocation& invocation) {
  const Principal principal = NARU_TRY(invocation.principal());
  const Engine::Searcher searcher = NARU_TRY(engine.searcher(store, Leg::hybrid, principal, base));
  const std::int64_t start = system_clock().monotonic_ns();
  Tuned tuned = NARU_TRY(tune_fusion(set, *searcher.retriever, principal, invocation.stop(), [&](std::size_t done) {
    const double seconds = elapsed_ms(start, system_clock().monotonic_ns()) / 1000;
    invocation.output().progress(progress_line("tune", done, set.queries.size(), seconds));
  }));
  invocation.output().progress("");
  return tuned;
}

void print(const Tuned& tuned, bool to_paste, Output& output) {
  output.line("fold  queries  vector_weight  normalisation  ndcg@10  before");
  for (std::size_t i = 0; i < tuned.folds.size(); ++i) {
    const TuneFold& fold = tuned.folds[i];
    output.line(fmt::format("{:>4} {:>8} {:>14.2f}  {:<13} {:>8.4f} {:>7.4f}", i + 1, fold.queries, fold.chosen.vector,
                            normalisation_name(fold.chosen.normalisation), fold.ndcg_chosen, fold.ndcg_before));
  }
  const double gain = tuned.ndcg_chosen - tuned.ndcg_before;
  output.line(fmt::format("all           {:>9.2f}  {:<13} {:>8.4f} {:>7.4f}", tuned.chosen.vector,
                          normalisation_name(tuned.chosen.normalisation), tuned.ndcg_chosen, tuned.ndcg_before));
  output.line(fmt::format("Each fold was judged by what the others chose: {:+.4f} ± {:.4f}.", gain, tuned.gain_error));
  if (!tuned.worth_it()) {
    output.line("That is no more than chance gives; the weights may stay as they are.");
    return;
  }
  if (!to_paste) return;
  output.line("For naru.yaml (or keep it in the store: --store KB):");
  output.line(fmt::format("search: {{vector_weight: {:.2f}, normalisation: {}}}", tuned.chosen.vector,
                          normalisation_name(tuned.chosen.normalisation)));
}

// The store that a weight is for, and its embedder, before an hour is spent on choosing one.
struct WeightsHome {
  std::unique_ptr<Engine> engine;
  Store* store = nullptr;
  KnowledgeBaseInfo base;
};

Result<WeightsHome> open_home(const std::string& name, Invocation& invocation) {
  WeightsHome home;
  home.engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  home.store = NARU_TRY(home.engine->store_to_read());
  if (home.store == nullptr) return Error(Code::not_found, std::string("--store: ") + kNothingTakenIn);
  std::vector<std::string> known;
  for (KnowledgeBaseInfo& base : NARU_TRY(home.store->knowledge_bases(NARU_TRY(invocation.principal())))) {
    known.push_back(base.name);
    if (base.name == name) home.base = std::move(base);
  }
  if (home.base.name.empty()) {
    return Error(Code::not_found,
                 fmt::format("--store: there is no knowledge base \"{}\"; {}", name, suggest(name, known)));
  }
  if (!home.base.embedder) {
    return Error(Code::invalid_argument,
                 fmt::format("--store: nothing in {} is embedded, so there is no weight of meaning to store", name));
  }
  return home;
}

// False: the gain is no more than chance, and nothing is stored.
Result<bool> store_weights(const Tuned& tuned, const EvalSet& set, const ModelInfo& embedder, const std::string& name,
                           WeightsHome& home, Output& output) {
  const std::string& base = home.base.name;
  if (embedder.fingerprint != home.base.embedder->fingerprint) {
    return Error(Code::invalid_argument,
                 fmt::format("{} is embedded by {} and the set was by {}: a weight for one says nothing of the other",
                             base, home.base.embedder->name, embedder.name));
  }
  if (!tuned.worth_it()) {
    output.note(fmt::format("nothing was stored for {}: the gain is no more than chance gives", base));
    return false;
  }
  NARU_TRY(home.store->put_tuned_weights({base, tuned.chosen.vector,
                                          std::string(normalisation_name(tuned.chosen.normalisation)), embedder.name,
                                          embedder.fingerprint, name, set.queries.size(), tuned.ndcg_before,
                                          tuned.ndcg_chosen, tuned.gain_error, system_clock().unix_ms()}));
  output.note(fmt::format("stored for {}; searches of it use it from now on, and `naru eval weights --drop {}` takes "
                          "it back", base, shell_quoted(base)));
  const SearchConfig& search = home.engine->config().search_in(base);
  if (search.vector_weight || search.normalisation) {
    output.note(fmt::format("{} sets the weight too, and wins: take that away for the stored one to hold",
                            search.fusion_place.text()));
  }
  return true;
}

// Product: an evaluation that did not pass its gate.
constexpr int kGateFailed = 3;

Result<int> run_tune(const EvalFlags& flags, Engine& engine, const EvalSet& set, WeightsHome& home,
                     Invocation& invocation) {
  Output& output = invocation.output();
  Store* store = NARU_TRY(engine.store_to_write());
  const Tuned tuned = NARU_TRY(tune(engine, *store, set, flags.base, invocation));
  Json json = tuned_to_json(tuned);
  if (!invocation.json()) print(tuned, !flags.base, output);
  bool stored = false;
  if (flags.base) {
    const Embedder* embedder = NARU_TRY(engine.embedder());
    stored = NARU_TRY(store_weights(tuned, set, embedder->info(), flags.set, home, output));
    json["kb"] = home.base.name;
    json["stored"] = stored;
  }
  if (invocation.json()) output.json(json);
  return flags.base && !stored ? kGateFailed : 0;
}

Result<int> run(const EvalFlags& given, Invocation& invocation) {
  EvalFlags flags = given;
  if (flags.base) flags.base = nfc(*flags.base);
  NARU_TRY(invocation.require_owner("`naru eval`"));
  const std::vector<Leg> legs = NARU_TRY(legs_of(flags));
  SearchRequest how;
  if (flags.diversity) how.diversity = NARU_TRY_AT(read_diversity(*flags.diversity), "--diversity");
  if (flags.base && !flags.tune) {
    return Error(Code::invalid_argument, "--store keeps what --tune finds; give both");
  }
  WeightsHome home;
  if (flags.base) home = NARU_TRY(open_home(*flags.base, invocation));
  const bool embed = flags.tune || std::any_of(legs.begin(), legs.end(), [](Leg leg) { return leg != Leg::lexical; });
  const TemporaryFolder folder = NARU_TRY(TemporaryFolder::make("naru-eval-"));  // outlives the store in it
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::optional));
  NARU_TRY(engine->worker());
  const EvalSet set = NARU_TRY_AT(read_eval_set(invocation.path(flags.set)), "the set " + flags.set);
  if (const std::size_t lost = set.judgements.size() - set.queries.size(); lost > 0) {
    invocation.output().note(fmt::format("{} judged queries are not in queries.jsonl; they count as not found", lost));
  }
  engine->use(NARU_TRY(set_config(*engine, set.corpus_path, embed, join_path(folder.path(), "store"))));
  NARU_TRY(take_in(*engine, invocation));
  if (flags.tune) return run_tune(flags, *engine, set, home, invocation);
  Store* store = NARU_TRY(engine->store_to_write());
  Json figures = Json::object();
  for (const Leg leg : legs) {
    how.leg = leg;
    const LegRun leg_run = NARU_TRY(ask_all(*engine, *store, set, how, invocation));
    invocation.output().progress("");
    figures[std::string(leg_name(leg))] = measure(set, leg_run);
    if (flags.run_folder) NARU_TRY(write_run(set, leg_run, invocation.path(*flags.run_folder)));
  }
  if (invocation.json()) {
    invocation.output().json(figures);
  } else {
    print(figures, invocation.output());
  }
  return 0;
}

}  // namespace

void build_eval_retrieval(Syntax& syntax) {
  const auto flags = std::make_shared<EvalFlags>();
  syntax.argument("SET", flags->set, "A folder with corpus.jsonl, queries.jsonl and qrels.tsv, each also as .zst.",
                  Need::required)
      .text("--leg", "LEG[,LEG...]", flags->legs, "Of lexical, vector, hybrid; all unless given.")
      .text("--run", "DIR", flags->run_folder, "Also write DIR/LEG.tsv: query, document, rank, score.")
      .text("--diversity", "SHARE", flags->diversity, "Hits that differ, as `naru search --diversity` gives them.")
      .flag("--tune", flags->tune, "Instead choose the weight of the vector leg on this set, by cross-validation.")
      .example("naru eval retrieval sets/tydiqa-ko --leg lexical")
      .example("naru eval retrieval sets/tydiqa-ko --run out --json")
      .text("--store", "KB", flags->base,
            "With --tune: keep the weight for this knowledge base, where its gain is more than chance.")
      .example("naru eval retrieval sets/tydiqa-ko --tune")
      .example("naru eval retrieval sets/handbook --tune --store handbook")
      .runs([flags](Invocation& invocation) { return run(*flags, invocation); });
}

}  // namespace naru
