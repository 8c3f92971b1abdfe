// What can go wrong, as a value.
//
// Error is what a failed Result carries: one of twelve closed codes, a message written for the person who reads it, and
// the chain of "where we were" that callers add on the way up. Immutable once returned; safe to move between threads.
#pragma once

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace naru {

// The closed set of codes. One table (src/base/error.cpp) maps them to exit codes; serving maps them to HTTP later.
enum class Code : std::uint8_t {
  invalid_argument,  // the caller or the configuration asked for something that has no meaning
  not_found,         // a named thing is not there
  already_exists,    // a thing that must be new is there
  unsupported,       // we understand the request, and cannot do it with this input or on this machine
  corrupt,           // bytes that should be well formed are not
  io,                // the operating system refused or failed: disk full, permission, short read
  unavailable,       // a dependency (model, endpoint, package) is not there now
  timeout,           // it took longer than its limit
  cancelled,         // somebody asked us to stop
  limit_exceeded,    // a named limit was reached
  not_allowed,       // this principal may not
  internal,          // our bug
};

std::string_view code_name(Code code);           // "invalid_argument", ...
bool code_from_name(std::string_view name, Code* code);
int exit_code(Code code);                        // product.md: 1, 2, 4, 69, 70, 75, 78

class Error {
 public:
  Error(Code code, std::string message, std::source_location where = std::source_location::current())
      : code_(code), message_(std::move(message)), where_(where) {}

  Code code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::vector<std::string>& context() const { return context_; }
  const std::source_location& where() const { return where_; }

  // Adds where we were; outermost last. Returns itself, so that `return error.with("reading a.md")` reads well.
  Error&& with(std::string context) && {
    context_.push_back(std::move(context));
    return std::move(*this);
  }
  // "reading a.md: opening: permission denied"
  std::string describe() const;

 private:
  Code code_;
  std::string message_;
  std::vector<std::string> context_;
  std::source_location where_;
};

}  // namespace naru
