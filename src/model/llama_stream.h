// TextStream: pieces of tokens to the text that a reader sees: whole characters only, and nothing of a stop string.
//
// A token may end in the middle of a character, and a stop string may lie across tokens: what could still become one is
// held back. One thread; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace naru {

// How many bytes at the end of `text` begin a character that more bytes could complete.
std::size_t open_character_bytes(std::string_view text);

class TextStream {
 public:
  explicit TextStream(std::vector<std::string> stops);

  // The text that is certain now. After a stop string nothing comes any more.
  std::string push(std::string_view bytes);
  // What was held back, when generation ended without a stop string; broken characters become U+FFFD.
  std::string finish();
  bool stopped() const { return stopped_; }

 private:
  std::vector<std::string> stops_;  // none empty
  std::string held_;
  bool stopped_ = false;
};

}  // namespace naru
