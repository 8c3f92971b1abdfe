// Scripts: in which of the world's writings a text is. Pure functions over UTF-8; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string_view>

namespace naru {

// The share of a text's letters in each script, by ICU's number of it; Han and kana are one, for they stand mixed. The
// shares add up to 1; empty where there is no letter.
using ScriptShares = std::map<std::int32_t, double>;

ScriptShares script_shares(std::string_view text);
// Of several texts, each counting as much, those without letters not at all.
ScriptShares mean_shares(std::span<const ScriptShares> texts);

// How much of `text` is written as `others` are, 0..1: of a script all where it is half of them, or as much of them as
// of the text, and as much less where it is less. 1 where either has no letter: nothing is known then.
double written_as(const ScriptShares& text, const ScriptShares& others);

}  // namespace naru
