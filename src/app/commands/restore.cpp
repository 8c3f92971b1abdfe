// naru restore: the store from a backup, checked and verified before it takes its place.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "app/words.h"
#include "store/backup.h"

namespace naru {

namespace {

struct RestoreFlags {
  std::string folder;
  bool force = false;
};

Result<int> run(const RestoreFlags& flags, Invocation& invocation) {
  NARU_TRY(invocation.require_owner("`naru restore`"));
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::optional));
  const RestoreReport report =
      NARU_TRY(restore_backup(invocation.path(flags.folder), StorePaths(engine->config().store), flags.force));
  Output& output = invocation.output();
  if (invocation.json()) {
    output.json({{"restored", flags.folder}, {"store", engine->config().store}, {"epoch", report.backup.epoch},
                 {"documents", report.documents}, {"chunks", report.chunks}, {"forgotten", report.forgotten},
                 {"kept", report.kept.empty() ? Json(nullptr) : Json(report.kept)}});
    return 0;
  }
  output.line(fmt::format("epoch {} of {}: {} documents, {} passages, verified", report.backup.epoch,
                          utc_time(report.backup.created_ms), report.documents, report.chunks));
  if (report.forgotten > 0) {
    output.line(fmt::format("{} documents of the backup had been forgotten since, and stay forgotten",
                            report.forgotten));
  }
  if (!report.kept.empty()) output.line("the store that was there lies in " + without_control(report.kept));
  return 0;
}

}  // namespace

void build_restore(Syntax& syntax) {
  const auto flags = std::make_shared<RestoreFlags>();
  syntax.argument("DIR", flags->folder, "The folder of a backup.", Need::required)
      .flag("--force", flags->force, "Over a store that is there: it is put aside, beside the new one.")
      .example("naru restore /mnt/backup/handbook")
      .runs([flags](Invocation& invocation) { return run(*flags, invocation); });
}

}  // namespace naru
