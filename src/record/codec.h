// The codec: a Document as bytes and back. Used between the worker and its parent, and for what the store keeps.
//
// Decoding trusts nothing: every length, count, enum and depth is checked against a named limit and against what is
// left. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "naru/record.h"
#include "naru/result.h"

namespace naru {

// Limits of what a worker may claim; a real document stays far below.
inline constexpr std::uint64_t kBlocksMax = 2'000'000;
inline constexpr std::uint64_t kChildrenMax = 10'000;
inline constexpr int kChildDepthMax = 8;
// Of memory, for what was decoded: as much as the worker's child has for everything.
inline constexpr std::uint64_t kDecodedBytesMax = 512ULL << 20;

std::string encode_document(const Document& document);

// corrupt: anything that encode_document could not have written. limit_exceeded: it would take too much memory.
Result<Document> decode_document(std::string_view bytes, std::uint64_t memory_bytes_max = kDecodedBytesMax);

// The building blocks, for other records that are kept with a document.
class ByteWriter {
 public:
  void number(std::uint64_t value);  // LEB128
  void real(float value);
  void text(std::string_view value);
  void path(const std::vector<std::string>& value);
  void locator(const Locator& value);
  std::string take() { return std::move(bytes_); }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  Result<std::uint64_t> number(std::uint64_t maximum);
  Result<float> real();
  Result<std::string> text();      // valid UTF-8
  Result<std::string_view> raw();  // the same framing, any bytes
  Result<std::vector<std::string>> path();
  Result<Locator> locator();
  bool empty() const { return rest_.empty(); }
  std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

}  // namespace naru
