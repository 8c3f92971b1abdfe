// naru verify: recomputes from the truth what every index should hold, and compares. naru dump: the visible state.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/engine.h"

namespace naru {

namespace {

void print(const VerifyReport& report, Invocation& invocation) {
  Output& output = invocation.output();
  if (invocation.json()) {
    output.json({{"ok", report.ok}, {"documents", report.documents}, {"chunks", report.chunks},
                 {"segments", report.segments}, {"vectors", report.vectors}, {"orphans", report.orphans},
                 {"problems", report.problems}});
    return;
  }
  for (const std::string& problem : report.problems) output.line(without_control(problem));
  output.line(fmt::format("{}: {} documents, {} passages, {} segments, {} vectors",
                          report.ok ? output.toned(Tone::good, "every index equals the truth")
                                    : output.toned(Tone::bad, "the indexes do not equal the truth"),
                          report.documents, report.chunks, report.segments, report.vectors));
}

struct VerifyFlags {
  bool repair = false;
};

Result<int> verify(const VerifyFlags& flags, Invocation& invocation) {
  NARU_TRY(invocation.require_owner("`naru verify`"));
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  Store* store = NARU_TRY(engine->store_to_read());
  if (store != nullptr && flags.repair) {
    store = NARU_TRY(engine->store_to_write());
    NARU_TRY(store->repair());
  }
  const VerifyReport report = store == nullptr ? VerifyReport{} : NARU_TRY(store->verify());
  print(report, invocation);
  return report.ok ? 0 : exit_code(Code::corrupt);
}

Result<int> dump(Invocation& invocation) {
  const Principal principal = NARU_TRY(invocation.principal());
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  Store* store = NARU_TRY(engine->store_to_read());
  if (store == nullptr) return 0;
  for (const std::string& line : NARU_TRY(store->dump(principal))) invocation.output().line(line);
  return 0;
}

}  // namespace

void build_verify(Syntax& syntax) {
  const auto flags = std::make_shared<VerifyFlags>();
  syntax.flag("--repair", flags->repair, "First build every index anew from the documents as they are kept.")
      .example("naru verify --json")
      .example("naru verify --repair")
      .runs([flags](Invocation& invocation) { return verify(*flags, invocation); });
}

void build_dump(Syntax& syntax) {
  syntax.example("naru dump --json | sha256sum    equal states give equal sums")
      .runs([](Invocation& invocation) { return dump(invocation); });
}

}  // namespace naru
