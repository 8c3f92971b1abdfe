// How the options of a search are written by people and programs: the same words on the command line and in addresses.
// Pure functions.
#pragma once

#include <string_view>

#include "naru/result.h"
#include "retrieve/retriever.h"

namespace naru {

std::string_view leg_name(Leg leg);
bool leg_from_name(std::string_view name, Leg* leg);

// Of more to each side a passage is no part.
inline constexpr std::uint64_t kContextChunksMax = 1000;

// "2", or "section". invalid_argument: says what may be written.
Result<ContextWanted> read_context(std::string_view text);
// "0.3". invalid_argument as above.
Result<double> read_diversity(std::string_view text);

}  // namespace naru
