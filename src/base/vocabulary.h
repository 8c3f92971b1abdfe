// The words that nearly every file uses, compiled once (cmake/Compiler.cmake). Files still include what they use: this
// header is never included by hand. Not JSON: its header makes a whole parser in each file (an operator for literals),
// a second of compiling where nobody uses it.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>
