// Charsets: bytes of unknown origin to UTF-8, with the name that was taken and how sure that is.
//
// Order: byte order marks, the escapes of ISO 2022, UTF-32 and UTF-16 by their zeros, valid UTF-8, what the document
// itself says, Johab by its shape, a statistical guess (uchardet) put right between near relatives, windows-1252.
// Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace naru {

inline constexpr double kCharsetDoubt = 0.5;

struct Decoded {
  std::string text;      // UTF-8, not normalised
  std::string charset;   // "UTF-8", "CP949", ...
  bool certain = false;  // by mark or by validity, not by statistics
  double confidence = 0;  // 0 to 1; below kCharsetDoubt a reader should be told that it was guessed
  // Offsets of `text` map to offsets of the original: exact for UTF-8, else by table every kMapStep bytes of text.
  std::size_t original_offset(std::size_t text_offset) const;

  std::size_t bom_bytes = 0;
  std::vector<std::size_t> map;  // original offset of each code point's first byte in `text`; empty: same + bom
  std::vector<std::size_t> map_text;
};

// `hint`: a charset named by the document itself (meta, header); taken where it fits the bytes.
Decoded decode_text(std::string_view bytes, std::string_view hint = {});

// As text of a charset that decode_text() has named; what is none of it is U+FFFD.
Decoded decode_as(std::string_view bytes, const std::string& charset, bool mapped = true);
std::string text_as(std::string_view bytes, const std::string& charset);  // the same text, without where it was

// How many bytes a byte order mark has at the beginning of these; 0: there is none.
std::size_t byte_order_mark(std::string_view bytes);

// Whether bytes that come in pieces are UTF-8, but for few of them. Pieces end where characters end.
class Utf8Check {
 public:
  bool add(std::string_view bytes);  // whether all of these are
  bool is_nearly_valid() const { return broken_ * 20 <= high_ && broken_ <= 1 + size_ / 2000; }

 private:
  std::uint64_t broken_ = 0, high_ = 0, size_ = 0;
};

// True for bytes that no text has: NULs outside UTF-16/32, many control characters.
bool looks_binary(std::string_view bytes);

void warm_up_charsets();

}  // namespace naru
