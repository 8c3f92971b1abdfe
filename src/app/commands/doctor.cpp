// naru doctor: what works on this machine, and what to do about the rest. Changes nothing.
#include <fmt/format.h>

#include <algorithm>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "naru/discover.h"
#include "parse/worker/worker_pool.h"
#include "runtime/files.h"
#include "runtime/shared_library.h"
#include "runtime/thread.h"

namespace naru {

namespace {

// Less than this is soon full: a store of some thousand documents with its models.
constexpr std::uint64_t kFreeBytesMin = 2ULL << 30;

Finding look_at_sandbox(Engine& engine, std::stop_token stop) {
  const Result<const WorkerPool*> worker = engine.worker();
  if (!worker) return {"sandbox", Verdict::missing, worker.error().describe()};
  const Result<SandboxReport> report = (*worker)->sandbox(stop);
  if (!report) return {"sandbox", Verdict::missing, report.error().describe()};
  std::string holds = "foreign bytes are parsed in a child without open, socket, exec or fork";
  if (report->user_namespace) holds += ", in namespaces of its own";
  if (report->landlock_abi > 0) holds += fmt::format(", under Landlock (ABI {})", report->landlock_abi);
  if (!report->floor()) return {"sandbox", Verdict::missing, fmt::format("{}", fmt::join(report->missing, " "))};
  if (report->missing.empty()) return {"sandbox", Verdict::good, holds};
  return {"sandbox", Verdict::weaker, fmt::format("{}. Not here: {}", holds, fmt::join(report->missing, " "))};
}

Finding look_at_libraries() {
  const std::string folder = bundled_library_folder();
  const std::vector<std::string> names = list_folder(folder).value_or({});
  for (const char* name : {"libpdfium.", "libllama."}) {  // their versions differ
    const auto is_it = [name](const std::string& file) { return file.starts_with(name); };
    if (std::any_of(names.begin(), names.end(), is_it)) continue;
    return {"libraries", Verdict::missing, fmt::format("{}so is not in {}; build or install again", name, folder)};
  }
  return {"libraries", Verdict::good, "PDFium and llama.cpp are in " + folder};
}

template <class Model>
Finding look_at_model(const std::string& role, const Result<Model*>& opened) {
  if (!opened) return {"model " + role, Verdict::missing, said(opened.error())};
  if (*opened == nullptr) return {"model " + role, Verdict::weaker, "none is configured"};
  const ModelInfo& info = (*opened)->info();
  std::string detail = info.name;
  if (info.dims > 0) detail += fmt::format(", {} dimensions", info.dims);
  if (info.context_tokens > 0) detail += fmt::format(", {} tokens of context", info.context_tokens);
  if (info.english_only) detail += ", English only";
  return {"model " + role, Verdict::good, detail};
}

Finding look_at_store(Engine& engine) {
  const Result<Store*> store = engine.store_to_read();
  if (!store) return {"store", Verdict::missing, store.error().describe()};
  const std::string& folder = engine.config().store;
  if (*store == nullptr) return {"store", Verdict::good, folder + " does not exist yet; `naru run` makes it"};
  const Result<std::vector<KnowledgeBaseInfo>> bases = (*store)->knowledge_bases(Principal::owner());
  if (!bases) return {"store", Verdict::missing, bases.error().describe()};
  return {"store", Verdict::good,
          fmt::format("{}: {} knowledge base(s), {}; `naru verify` proves it", folder, bases->size(),
                      human_bytes(folder_bytes(folder)))};
}

Finding look_at_disk(const Engine& engine) {
  const Result<std::uint64_t> bytes = free_bytes(engine.config().folder);
  if (!bytes) return {"disk", Verdict::weaker, bytes.error().describe()};
  const std::string detail = human_bytes(*bytes) + " free";
  if (*bytes < kFreeBytesMin) return {"disk", Verdict::weaker, detail + "; a run stops when nothing is left"};
  return {"disk", Verdict::good, detail};
}

Finding look_at_machine() {
  return {"machine", Verdict::good, fmt::format("naru {}, {} usable core(s)", NARU_VERSION, usable_cores())};
}

void print(const std::vector<Finding>& findings, Invocation& invocation) {
  Output& output = invocation.output();
  if (invocation.json()) {
    Json list = Json::array();
    for (const Finding& finding : findings) {
      list.push_back({{"what", finding.what}, {"verdict", verdict_name(finding.verdict)}, {"detail", finding.detail}});
    }
    return output.json({{"checks", std::move(list)}});
  }
  for (const Finding& finding : findings) {
    const Tone tone = finding.verdict == Verdict::good ? Tone::good
                      : finding.verdict == Verdict::weaker ? Tone::strong : Tone::bad;
    output.line(fmt::format("{} {:<12} {}", output.toned(tone, fmt::format("{:<8}", verdict_name(finding.verdict))),
                            finding.what, without_control(finding.detail)));
  }
}

Result<int> run(Invocation& invocation) {
  NARU_TRY(invocation.require_owner("`naru doctor`"));
  std::unique_ptr<Engine> engine = Engine::without_configuration();
  std::vector<Finding> findings = {look_at_machine(), look_at_sandbox(*engine, invocation.stop()), look_at_libraries()};
  Result<std::unique_ptr<Engine>> opened = Engine::open(invocation, Configured::optional);
  if (opened) {
    engine = std::move(*opened);
    const std::string& file = engine->config().file;
    findings.push_back({"naru.yaml", Verdict::good, file.empty() ? "none here" : file});
    findings.push_back(look_at_model("embed", engine->embedder()));
    findings.push_back(look_at_model("chat", engine->generator()));
    findings.push_back(look_at_store(*engine));
    findings.push_back(look_at_disk(*engine));
  } else {
    findings.push_back({"naru.yaml", Verdict::missing, opened.error().message()});
  }
  print(findings, invocation);
  for (const Finding& finding : findings) {
    if (finding.verdict == Verdict::missing) return exit_code(Code::unavailable);
  }
  return 0;
}

}  // namespace

void build_doctor(Syntax& syntax) {
  syntax.example("naru doctor").runs([](Invocation& invocation) { return run(invocation); });
}

}  // namespace naru
