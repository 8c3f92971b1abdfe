#include "store/traces.h"

#include <algorithm>
#include <cstring>

#include "runtime/files.h"

namespace naru {

namespace {

// Spreads the bits of a head over the filter: the golden ratio times 2^64 (Knuth, TAOCP 3, 6.4).
constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;

bool is_word_byte(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return value >= 0x80 || (value >= '0' && value <= '9') || ((value | 0x20) >= 'a' && (value | 0x20) <= 'z');
}

}  // namespace

std::uint64_t Traces::head_of(const char* bytes) {
  std::uint64_t head = 0;
  std::memcpy(&head, bytes, kTraceBytesMin);
  return head;
}

void Traces::add(TraceKind kind, std::string_view bytes) {
  if (kind != TraceKind::vector) bytes = bytes.substr(0, kTraceBytesMax);  // rows lie whole, and may begin alike
  if (bytes.size() < kTraceBytesMin || traces_.size() >= kTracesMax) return;
  if (!known_.insert(static_cast<char>(kind) + std::string(bytes)).second) return;
  const std::uint64_t head = head_of(bytes.data());
  by_head_[head].push_back(traces_.size());
  filter_[(head * kSpread) >> (64 - kFilterBits)] = true;
  traces_.push_back({kind, std::string(bytes), false});
  ++kept_[static_cast<std::size_t>(kind)];
}

void Traces::add_path(TraceKind kind, const std::string& path) {
  add(kind, path);
  add(kind, file_name(path));
}

void Traces::add_words(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_word_byte(text[end])) ++end;
    add(TraceKind::word, text.substr(at, end - at));
    at = end + 1;
  }
}

template <class Found>
void Traces::find(std::string_view bytes, Found found) const {
  if (traces_.empty()) return;
  for (std::size_t at = 0; at + kTraceBytesMin <= bytes.size(); ++at) {
    const std::uint64_t head = head_of(bytes.data() + at);
    if (!filter_[(head * kSpread) >> (64 - kFilterBits)]) continue;
    const auto same = by_head_.find(head);
    if (same == by_head_.end()) continue;
    for (const std::size_t i : same->second) {
      if (traces_[i].dropped || !bytes.substr(at).starts_with(traces_[i].bytes)) continue;
      if (!found(i)) return;
    }
  }
}

void Traces::drop_found_in(std::string_view bytes) {
  std::vector<std::size_t> shared;
  find(bytes, [&](std::size_t i) {
    shared.push_back(i);
    return true;
  });
  std::sort(shared.begin(), shared.end());
  shared.erase(std::unique(shared.begin(), shared.end()), shared.end());
  for (const std::size_t i : shared) {
    traces_[i].dropped = true;
    --kept_[static_cast<std::size_t>(traces_[i].kind)];
  }
}

void Traces::count_in(std::string_view bytes, Counts& found) const {
  find(bytes, [&](std::size_t i) {
    ++found[static_cast<std::size_t>(traces_[i].kind)];
    return true;
  });
}

bool Traces::is_in(std::string_view bytes) const {
  bool any = false;
  find(bytes, [&](std::size_t) {
    any = true;
    return false;
  });
  return any;
}

}  // namespace naru
