#include "model/llama_stream.h"

#include <algorithm>

#include "text/unicode.h"

namespace naru {

std::size_t open_character_bytes(std::string_view text) {
  constexpr std::size_t kCharacterBytesMax = 4;
  for (std::size_t back = 1; back <= std::min(text.size(), kCharacterBytesMax - 1); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xc0) == 0x80) continue;  // in the middle of one
    if (byte < 0xc2 || byte > 0xf4) return 0;  // one byte alone, or never a beginning
    const std::size_t whole = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return whole > back ? back : 0;
  }
  return 0;
}

namespace {

// The length of the longest end of `text` that is a beginning of `stop`.
std::size_t open_stop_bytes(std::string_view text, std::string_view stop) {
  for (std::size_t length = std::min(text.size(), stop.size() - 1); length > 0; --length) {
    if (text.ends_with(stop.substr(0, length))) return length;
  }
  return 0;
}

}  // namespace

TextStream::TextStream(std::vector<std::string> stops) : stops_(std::move(stops)) {
  std::erase_if(stops_, [](const std::string& stop) { return stop.empty(); });
}

std::string TextStream::push(std::string_view bytes) {
  if (stopped_) return {};
  held_ += bytes;
  std::size_t first_stop = std::string::npos;
  for (const std::string& stop : stops_) first_stop = std::min(first_stop, held_.find(stop));
  if (first_stop != std::string::npos) {
    stopped_ = true;
    return repair_utf8(std::exchange(held_, {}).substr(0, first_stop));
  }
  std::size_t keep = open_character_bytes(held_);
  for (const std::string& stop : stops_) keep = std::max(keep, open_stop_bytes(held_, stop));
  // A stop string may begin in the middle of a character only if it is broken itself; then the character waits too.
  while (keep < held_.size() && (static_cast<unsigned char>(held_[held_.size() - keep]) & 0xc0) == 0x80) ++keep;
  const std::string certain = repair_utf8(std::string_view(held_).substr(0, held_.size() - keep));
  held_.erase(0, held_.size() - keep);
  return certain;
}

std::string TextStream::finish() { return stopped_ ? std::string() : repair_utf8(std::exchange(held_, {})); }

}  // namespace naru
