// What is known of a Latin word: its stem (Snowball, English), and whether it is a stop word.
//
// Words are remembered per thread, so that stemming is paid once for a frequent word. Any thread.
#pragma once

#include <string_view>

namespace naru {

struct KnownWord {
  std::string_view stem;  // valid until the thread asks again
  bool stop = false;
};

// Of a word in lower case and without accents.
KnownWord look_up_word(std::string_view word);

}  // namespace naru
