// Result<T>: a T or an Error, with std::expected's member names, because g++ 12 has no std::expected in C++20.
//
// NARU_TRY(expression) yields the value or returns the Error from the enclosing function. A Result must be looked at:
// it is [[nodiscard]]. value() on an error is a programmer's mistake and asserts.
#pragma once

#include <cstdlib>
#include <type_traits>
#include <utility>
#include <variant>

#include "naru/error.h"

namespace naru {

[[noreturn]] void result_misused(const Error& error);  // prints the error and aborts

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}          // NOLINT: implicit by design
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}      // NOLINT: implicit by design
  template <class U>
    requires(std::is_convertible_v<U, T> && !std::is_same_v<std::remove_cvref_t<U>, Error> &&
             !std::is_same_v<std::remove_cvref_t<U>, Result> && !std::is_same_v<std::remove_cvref_t<U>, T>)
  Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}  // NOLINT: implicit by design

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return check(), std::get<0>(state_); }
  const T& value() const& { return check(), std::get<0>(state_); }
  T&& value() && { return check(), std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T value_or(T other) && { return has_value() ? std::get<0>(std::move(state_)) : std::move(other); }

  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  void check() const {
    if (!has_value()) result_misused(std::get<1>(state_));
  }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit by design

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  void value() const {
    if (!has_value()) result_misused(std::get<1>(state_));
  }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<std::monostate, Error> state_;
};

using Status = Result<void>;

namespace detail {
template <class T>
T&& take(Result<T>& result) {
  return std::move(*result);
}
inline void take(Result<void>&) {}
}  // namespace detail

}  // namespace naru

// The value of EXPRESSION, or return its Error. A GNU statement expression, so that it can stand inside a call.
#define NARU_TRY(...)                                                        \
  __extension__({                                                            \
    auto naru_try_result = (__VA_ARGS__);                                    \
    if (!naru_try_result.has_value()) return std::move(naru_try_result).error(); \
    ::naru::detail::take(naru_try_result);                                   \
  })

// As NARU_TRY, and says where we were: NARU_TRY_AT(read(path), "reading " + path).
#define NARU_TRY_AT(EXPRESSION, ...)                                                            \
  __extension__({                                                                               \
    auto naru_try_result = (EXPRESSION);                                                        \
    if (!naru_try_result.has_value()) return std::move(naru_try_result).error().with(__VA_ARGS__); \
    ::naru::detail::take(naru_try_result);                                                      \
  })
