// naru models pull: fetches models of the catalogue, after it has said what they are and where they come from.
#include "model/pull.h"

#include <fmt/format.h>

#include <cstdio>

#include "app/commands/commands.h"
#include "runtime/clock.h"

namespace naru {

namespace {

struct PullFlags {
  std::vector<std::string> names;
  bool yes = false;
};

// How often the moving line changes while bytes come in.
constexpr std::int64_t kTellNs = 200'000'000;

// A person's answer from the terminal; only a clear yes is one.
bool says_yes() {
  std::array<char, 16> line{};
  if (std::fgets(line.data(), line.size(), stdin) == nullptr) return false;
  return line[0] == 'y' || line[0] == 'Y';
}

void describe(const CatalogueEntry& entry, const PullPlan& plan, Output& output) {
  output.note(fmt::format("{}: {} of {}, licence {}", entry.name, human_bytes(entry.bytes), entry.base_model,
                          entry.licence));
  output.note("  " + entry.provenance);
  if (!entry.publisher_known) output.note("  the publisher is not known; the sha256 is checked against the catalogue");
  output.note(fmt::format("  fetches about {} from {}; needs {} on disk meanwhile", human_bytes(plan.fetch_bytes),
                          fmt::join(plan.places, "; "), human_bytes(plan.disk_bytes)));
}

Status ask(const CatalogueEntry& entry, const PullPlan& plan, Output& output) {
  describe(entry, plan, output);
  if (!output.surroundings().stdin_is_terminal) {
    return Error(Code::invalid_argument, "there is nobody to ask; say --yes to fetch " + entry.name);
  }
  output.prompt("Fetch it? [y/N] ");
  if (!says_yes()) return Error(Code::cancelled, "nothing was fetched");
  return {};
}

PullOptions options_for(const CatalogueEntry& entry, Output& output) {
  PullOptions options;
  options.folder = model_folder();
  options.on_note = [&output](const std::string& note) { output.note(without_control(note)); };
  options.on_progress = [&output, &entry, told = std::int64_t{0}](const PullProgress& progress) mutable {
    const std::int64_t now = system_clock().monotonic_ns();
    if (now - told < kTellNs) return;
    told = now;
    std::string text = fmt::format("{}: {}", entry.name, progress.step);
    if (progress.done_bytes > 0) text += "  " + human_bytes(progress.done_bytes);
    if (progress.total_bytes > 0) text += " of " + human_bytes(progress.total_bytes);
    output.progress(text);
  };
  return options;
}

Status pull(const CatalogueEntry& entry, const PullFlags& flags, Invocation& invocation) {
  Output& output = invocation.output();
  const PullPlan plan = plan_pull(entry, model_folder());
  if (!plan.already && !flags.yes) NARU_TRY(ask(entry, plan, output));
  if (!plan.already && flags.yes) describe(entry, plan, output);
  const Pulled pulled = NARU_TRY_AT(pull_model(entry, options_for(entry, output), invocation.stop()), entry.name);
  output.progress("");
  if (invocation.json()) {
    output.json({{"name", entry.name}, {"path", pulled.path}, {"already", pulled.already}, {"from", pulled.from}});
    return {};
  }
  output.line(fmt::format("{} {} {}", entry.name, pulled.already ? "is here already:" : "is here:", pulled.path));
  return {};
}

Result<int> run(const PullFlags& flags, Invocation& invocation) {
  std::vector<const CatalogueEntry*> entries;
  for (const std::string& name : flags.names) entries.push_back(NARU_TRY(find_entry(name)));
  for (const CatalogueEntry* entry : entries) NARU_TRY(pull(*entry, flags, invocation));
  return 0;
}

}  // namespace

void build_models_pull(Syntax& syntax) {
  const auto flags = std::make_shared<PullFlags>();
  syntax.arguments("NAME", flags->names, "Models by name or role.", Need::required)
      .flag("--yes", flags->yes, "Do not ask.")
      .example("naru models pull default-embed default-chat")
      .runs([flags](Invocation& invocation) { return run(*flags, invocation); });
}

}  // namespace naru
