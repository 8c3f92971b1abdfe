// naru backup: the committed state of the store in another folder, while a run goes on if need be.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "app/words.h"

namespace naru {

namespace {

Result<int> run(const std::string& folder, Invocation& invocation) {
  NARU_TRY(invocation.require_owner("`naru backup`"));
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  Store* store = NARU_TRY(engine->store_to_read());
  if (store == nullptr) return Error(Code::not_found, "there is nothing to back up; `naru run` makes a store");
  const BackupReport report = NARU_TRY(store->back_up(invocation.path(folder)));
  if (invocation.json()) {
    invocation.output().json({{"backup", folder}, {"epoch", report.epoch}, {"files", report.files},
                              {"bytes", report.bytes}, {"created_ms", report.created_ms}});
  } else {
    invocation.output().line(fmt::format("epoch {} is in {}: {} files, {}", report.epoch, without_control(folder),
                                         report.files, human_bytes(report.bytes)));
  }
  return 0;
}

}  // namespace

void build_backup(Syntax& syntax) {
  const auto folder = std::make_shared<std::string>();
  syntax.argument("DIR", *folder, "A new or empty folder, or an earlier backup, which is whole until this one is.",
                  Need::required)
      .example("naru backup /mnt/backup/handbook")
      .runs([folder](Invocation& invocation) { return run(*folder, invocation); });
}

}  // namespace naru
