// naru tag: an epoch gets a name, and what lived then is kept as long as it has it.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "app/words.h"

namespace naru {

namespace {

struct TagFlags {
  std::string name;
  std::optional<std::string> as_of;
};

Json tag_to_json(const Tag& tag) {
  return {{"tag", tag.name}, {"epoch", tag.epoch}, {"created_ms", tag.created_ms}};
}

Result<Store*> opened(Engine& engine, const Invocation& invocation) {
  NARU_TRY(invocation.require_owner("`naru tag`"));
  Store* store = NARU_TRY(engine.store_to_read());
  if (store == nullptr) return Error(Code::not_found, kNothingTakenIn);
  return store;
}

Result<int> put(const TagFlags& flags, Invocation& invocation) {
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  Store* store = NARU_TRY(opened(*engine, invocation));
  std::optional<std::uint64_t> epoch;
  if (flags.as_of) epoch = NARU_TRY_AT(store->find_epoch(*flags.as_of), "--as-of");
  const Tag tag = NARU_TRY(store->put_tag(flags.name, epoch));
  if (invocation.json()) {
    invocation.output().json(tag_to_json(tag));
  } else {
    invocation.output().line(fmt::format("{} is epoch {}; `naru search … --as-of {}` asks it", tag.name, tag.epoch,
                                         tag.name));
  }
  return 0;
}

Result<int> ls(Invocation& invocation) {
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  Store* store = NARU_TRY(opened(*engine, invocation));
  const HistoryInfo history = NARU_TRY(store->history());
  Output& output = invocation.output();
  for (const Tag& tag : history.tags) {
    if (invocation.json()) {
      output.json(tag_to_json(tag));
    } else {
      output.line(fmt::format("{:<24} epoch {:<8} {}", tag.name, tag.epoch, utc_time(tag.created_ms)));
    }
  }
  if (!invocation.json()) {
    output.note(fmt::format("epochs {} to {} can be asked for too", history.oldest, history.newest));
  }
  return 0;
}

Result<int> rm(const std::string& name, Invocation& invocation) {
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  Store* store = NARU_TRY(opened(*engine, invocation));
  NARU_TRY(store->remove_tag(name));
  if (invocation.json()) {
    invocation.output().json({{"tag", name}, {"removed", true}});
  } else {
    invocation.output().line(fmt::format("the tag {} is gone; what only it kept goes with the next run", name));
  }
  return 0;
}

}  // namespace

void build_tag(Syntax& syntax) {
  const auto flags = std::make_shared<TagFlags>();
  syntax.argument("NAME", flags->name, "Letters, digits and - _ . / :, not a number alone.", Need::required)
      .text("--as-of", "EPOCH|TAG", flags->as_of, "This epoch; the newest unless given.")
      .example("naru tag before-the-merger")
      .example("naru tag yesterday --as-of 41 --json")
      .runs([flags](Invocation& invocation) { return put(*flags, invocation); });
}

void build_tag_ls(Syntax& syntax) {
  syntax.example("naru tag ls --json").runs([](Invocation& invocation) { return ls(invocation); });
}

void build_tag_rm(Syntax& syntax) {
  const auto name = std::make_shared<std::string>();
  syntax.argument("NAME", *name, "The tag.", Need::required)
      .example("naru tag rm before-the-merger")
      .runs([name](Invocation& invocation) { return rm(*name, invocation); });
}

}  // namespace naru
