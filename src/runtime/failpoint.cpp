#include "runtime/failpoint.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <mutex>

namespace naru {

namespace {

struct Armed {
  std::string kind;  // "abort" or "error"
  long hits_left = 1;
};

std::mutex mutex;
std::map<std::string, Armed, std::less<>> armed;  // protected by mutex

}  // namespace

namespace detail {

std::atomic<bool> failpoints_on{false};

Status hit_failpoint(std::string_view name) {
  const std::lock_guard lock(mutex);
  const auto it = armed.find(name);
  if (it == armed.end() || --it->second.hits_left > 0) return {};
  if (it->second.kind == "abort") ::kill(::getpid(), SIGKILL);
  return Error(Code::io, fmt::format("failpoint {}", name));
}

}  // namespace detail

void set_failpoint(const std::string& name, const std::string& action) {
  const std::lock_guard lock(mutex);
  if (action.empty()) {
    armed.erase(name);
  } else {
    const std::size_t colon = action.find(':');
    Armed value{action.substr(0, colon), 1};
    if (colon != std::string::npos) value.hits_left = std::strtol(action.c_str() + colon + 1, nullptr, 10);
    armed[name] = value;
  }
  detail::failpoints_on = !armed.empty();
}

void load_failpoints_from_environment() {
  const char* text = std::getenv("NARU_FAILPOINTS");
  if (text == nullptr) return;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = rest.find(';');
    const std::string_view one = rest.substr(0, end);
    const std::size_t equals = one.find('=');
    if (equals != std::string_view::npos) {
      set_failpoint(std::string(one.substr(0, equals)), std::string(one.substr(equals + 1)));
    }
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
}

}  // namespace naru
