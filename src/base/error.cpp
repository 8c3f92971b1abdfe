#include "naru/error.h"

#include <array>
#include <cstdio>
#include <cstdlib>

#include "base/assert.h"
#include "naru/result.h"

namespace naru {

namespace {

struct CodeRow {
  Code code;
  std::string_view name;
  int exit_code;  // product.md: 2 usage, 4 not allowed, 69 unavailable, 70 bug, 75 try again, 78 configuration
};

// The one table. `invalid_argument` is usage; configuration mistakes exit 78 by the command that found them.
constexpr std::array<CodeRow, 12> kCodes = {{
    {Code::invalid_argument, "invalid_argument", 2},
    {Code::not_found, "not_found", 2},
    {Code::already_exists, "already_exists", 2},
    {Code::unsupported, "unsupported", 2},
    {Code::corrupt, "corrupt", 70},
    {Code::io, "io", 75},
    {Code::unavailable, "unavailable", 69},
    {Code::timeout, "timeout", 75},
    {Code::cancelled, "cancelled", 75},
    {Code::limit_exceeded, "limit_exceeded", 75},
    {Code::not_allowed, "not_allowed", 4},
    {Code::internal, "internal", 70},
}};

}  // namespace

std::string_view code_name(Code code) { return kCodes[static_cast<std::size_t>(code)].name; }

bool code_from_name(std::string_view name, Code* code) {
  for (const CodeRow& row : kCodes) {
    if (row.name == name) {
      *code = row.code;
      return true;
    }
  }
  return false;
}

int exit_code(Code code) { return kCodes[static_cast<std::size_t>(code)].exit_code; }

std::string Error::describe() const {
  std::string text;
  for (auto it = context_.rbegin(); it != context_.rend(); ++it) {
    text += *it;
    text += ": ";
  }
  return text + message_;
}

void result_misused(const Error& error) {
  std::fprintf(stderr, "naru: value() of a failed result: %s (%s:%u)\n", error.describe().c_str(),
               error.where().file_name(), static_cast<unsigned>(error.where().line()));
  std::abort();
}

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "naru: %s:%d: assertion failed: %s\n", file, line, expression);
  std::abort();
}

}  // namespace naru
