#include "app/invocation.h"

#include <fmt/format.h>

#include "app/words.h"
#include "runtime/files.h"

namespace naru {

std::string Invocation::path(const std::string& given) const {
  if (given.empty() || given.front() == '/' || !options_.folder) return given;
  return join_path(*options_.folder, given);
}

std::optional<std::string> Invocation::config_file() const {
  if (!options_.config) return std::nullopt;
  return path(*options_.config);
}

Result<Principal> Invocation::principal() const {
  if (!options_.as) return Principal::owner();
  std::vector<std::string> names = split_list(*options_.as);
  if (names.empty()) {
    return Error(Code::invalid_argument, "--as wants a user, then groups: --as kim,staff");
  }
  std::string user = std::move(names.front());
  names.erase(names.begin());
  return Principal::of(std::move(user), std::move(names));
}

Status Invocation::require_owner(std::string_view what) const {
  if (!options_.as) return {};
  return Error(Code::not_allowed, fmt::format("{} is for the owner of the store; leave out --as", what));
}

}  // namespace naru
