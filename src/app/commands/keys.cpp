// naru keys: who may call the server beside the owner: keys that speak for a user, with scopes and an end.
#include "serve/keys.h"

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "app/words.h"
#include "runtime/clock.h"

namespace naru {

namespace {

constexpr std::uint64_t kDaysDefault = 90, kDaysMax = 3650;
constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;
constexpr const char* kScopesDefault = "read,models";

struct AddFlags {
  std::string name;
  std::optional<std::string> user, groups, scopes;
  std::optional<std::uint64_t> days;
  bool owner = false;
};

Result<KeyFile> key_file(Invocation& invocation) {
  NARU_TRY(invocation.require_owner("`naru keys`"));
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  return KeyFile(engine->config().store);
}

Result<ApiKey> key_of(const AddFlags& flags) {
  ApiKey key;
  key.name = flags.name;
  key.owner = flags.owner;
  key.user = flags.user.value_or("");
  if (key.owner == !key.user.empty()) {
    return Error(Code::invalid_argument, "say whose eyes the key has: --user kim, or --owner for everything");
  }
  if (flags.groups) key.groups = split_list(*flags.groups);
  if (key.owner && !key.groups.empty()) return Error(Code::invalid_argument, "--groups goes with --user");
  key.scopes = NARU_TRY(scopes_from_text(flags.scopes.value_or(kScopesDefault)));
  key.expires_ms = system_clock().unix_ms() + static_cast<std::int64_t>(flags.days.value_or(kDaysDefault)) * kDayMs;
  return key;
}

Result<int> add(const AddFlags& flags, Invocation& invocation) {
  KeyFile keys = NARU_TRY(key_file(invocation));
  const ApiKey key = NARU_TRY(key_of(flags));
  const std::string secret = NARU_TRY(keys.add(key));
  if (invocation.json()) {
    Json json = key_to_json(key);
    json["key"] = secret;
    invocation.output().json(json);
  } else {
    invocation.output().line(secret);
    invocation.output().note("this is the only time that it is shown; it ends " + utc_time(key.expires_ms));
  }
  return 0;
}

Result<int> ls(Invocation& invocation) {
  KeyFile keys = NARU_TRY(key_file(invocation));
  const std::vector<ApiKey> all = NARU_TRY(keys.keys());
  const std::int64_t now = system_clock().unix_ms();
  for (const ApiKey& key : all) {
    if (invocation.json()) {
      invocation.output().json(key_to_json(key));
      continue;
    }
    const std::string whose = key.owner ? "the owner" : fmt::format("{} ({})", key.user, fmt::join(key.groups, ", "));
    const char* ends = key.expires_ms > now ? "ends" : "ended";
    invocation.output().line(without_control(fmt::format("{:<20} {:<30} {:<20} {} {}", key.name, whose,
                                                         scopes_text(key.scopes), ends, utc_time(key.expires_ms))));
  }
  if (all.empty()) invocation.output().note("there are no keys; the owner's token is in .naru/serve/token");
  return 0;
}

Result<int> revoke(const std::string& name, Invocation& invocation) {
  KeyFile keys = NARU_TRY(key_file(invocation));
  NARU_TRY(keys.revoke(name));
  if (invocation.json()) {
    invocation.output().json({{"name", name}, {"revoked", true}});
  } else {
    invocation.output().line(fmt::format("{} is refused from now on", name));
  }
  return 0;
}

}  // namespace

void build_keys_add(Syntax& syntax) {
  const auto flags = std::make_shared<AddFlags>();
  syntax.argument("NAME", flags->name, "One word, by which the key is listed and revoked.", Need::required)
      .text("--user", "USER", flags->user, "It reads what this user may read.")
      .text("--groups", "GROUP[,GROUP...]", flags->groups, "And what these groups may read.")
      .flag("--owner", flags->owner, "It reads everything.")
      .text("--scopes", "SCOPE[,SCOPE...]", flags->scopes,
            "read (search, ask, documents), models (the bare models), operate (metrics); read,models unless given.")
      .number("--days", "N", flags->days, 1, kDaysMax, "When it ends; after 90 unless given.")
      .example("naru keys add chat-client --user kim --groups staff")
      .example("naru keys add prometheus --owner --scopes operate --days 365")
      .runs([flags](Invocation& invocation) { return add(*flags, invocation); });
}

void build_keys_ls(Syntax& syntax) {
  syntax.example("naru keys ls --json").runs([](Invocation& invocation) { return ls(invocation); });
}

void build_keys_revoke(Syntax& syntax) {
  const auto name = std::make_shared<std::string>();
  syntax.argument("NAME", *name, "The key.", Need::required)
      .example("naru keys revoke chat-client")
      .runs([name](Invocation& invocation) { return revoke(*name, invocation); });
}

}  // namespace naru
