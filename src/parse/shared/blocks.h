// What the parsers of text-like formats share: adding blocks with their heading path, and ending a Document honestly.
//
// A BlockList borrows the Document it fills and lives on the parser's stack; one thread.
#pragma once

#include <string>
#include <vector>

#include "naru/flow.h"
#include "naru/record.h"
#include "text/charset.h"

namespace naru {

// A document of more blocks than this is cut with a warning: the codec refuses more than 2,000,000.
inline constexpr std::size_t kParsedBlocksMax = 1'000'000;

class BlockList {
 public:
  explicit BlockList(Document& document) : document_(document) {}
  // Composes the text, gives the block its heading path, drops it where it holds nothing. Headings set the path of what
  // follows.
  void add(Block block);

 private:
  Document& document_;
  std::vector<std::pair<std::uint32_t, std::string>> headings_;  // level and text of those above, outermost first
};

// Rows by "\n", cells by " | ".
std::string table_text(const std::vector<std::vector<std::string>>& cells);

// Begins a Document; a file of 0 bytes gets its warning here.
Document begin_document(const ParseInput& input, std::string format);

// The bytes as text; the metadata say from which charset, where it was not UTF-8. `hint`: as decode_text() takes it.
Decoded decode_into(Document& document, std::string_view bytes, std::string_view hint = {});

// The last step of a parser: language where none is known, and a warning where nothing was read.
void finish_document(Document& document);

// Do the bytes hold text at all? For detect(): no to NULs and control characters outside UTF-16.
bool may_be_text(std::string_view bytes);

}  // namespace naru
