// TextPieces: a text of unknown charset that is too long to be held, decoded piece by piece. Pieces end where
// characters end, so that together they are what decode_text() gives of the whole.
//
// One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "naru/result.h"
#include "text/charset.h"

namespace naru {

class TextPieces {
 public:
  // The bytes at an offset, at most so many; fewer only at the end.
  using ReadAt = std::function<Result<std::string>(std::uint64_t offset, std::size_t bytes_max)>;

  // Finds the charset as decode_text() does, of all the bytes: they are read once for that, unless a mark or an escape
  // says it. Errors: those of `read_at`.
  static Result<TextPieces> open(ReadAt read_at, const std::string& hint);

  const std::string& charset() const { return charset_; }

  struct Piece {
    std::uint64_t original = 0;  // where its bytes begin
    Decoded decoded;
    std::uint64_t original_offset(std::size_t text_offset) const {
      return original + decoded.original_offset(text_offset);
    }
  };
  // Of about so many bytes; without text: that was all.
  Result<Piece> next(std::size_t bytes);

 private:
  explicit TextPieces(ReadAt read_at) : read_at_(std::move(read_at)) {}
  Result<std::string> find_charset(std::string_view head, const std::string& hint) const;

  ReadAt read_at_;
  std::string charset_;
  std::uint64_t at_ = 0;
};

}  // namespace naru
