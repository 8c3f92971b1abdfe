// A tokenizer's count without a tokenizer: good enough to size chunks where no model is configured.
//
// Pure function; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace naru {

// About what subword vocabularies of multilingual models make of it: four Latin characters a token, one and a half
// Hangul syllables, one Han or Kana character. The rates are those of the XLM-R vocabulary on Korean and English
// documentation, rounded to what makes a chunk rather too small than too large. Not zero for text that is not empty.
std::uint64_t estimate_tokens(std::string_view text);

}  // namespace naru
