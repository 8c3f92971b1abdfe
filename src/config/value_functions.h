// The functions of value expressions (value_expression.h). Pure; any thread.
#pragma once

#include <string_view>
#include <vector>

#include "naru/result.h"
#include "naru/value.h"

namespace naru {

// A text or list that an expression makes may be as large as a field that is read.
inline constexpr std::size_t kMadeBytesMax = 16 << 20;

// `field` and `coalesce` are not among them: they look at more than their values.
struct ValueFunction {
  std::string_view name;
  std::size_t values_min, values_max;
  // None of the values is null.
  Result<Value> (*call)(const std::vector<Value>& values);
};

const ValueFunction* value_function(std::string_view name);  // null: there is none
std::vector<std::string_view> value_function_names();

}  // namespace naru
