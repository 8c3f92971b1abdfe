#include "parse/pdf/outline.h"

#include <algorithm>
#include <map>

#include "parse/pdf/strings.h"
#include "record/running_heads.h"

namespace naru::pdf {

namespace {

constexpr std::size_t kEntriesMax = 10'000;  // in all; ends loops of siblings too
constexpr std::uint32_t kDepthMax = 16;      // ends loops of children
constexpr std::uint32_t kLevelMax = 6;
constexpr std::size_t kHeadingBytesMax = 600;  // 200 Hangul syllables: what is longer is a paragraph

class OutlineReader {
 public:
  OutlineReader(const Pdfium& library, FPDF_DOCUMENT file) : library_(library), file_(file) {}

  void read(FPDF_BOOKMARK parent, std::uint32_t level) {
    if (level > kDepthMax) return;
    FPDF_BOOKMARK entry = library_.FPDFBookmark_GetFirstChild_(file_, parent);
    for (; entry != nullptr && ++seen_ <= kEntriesMax; entry = library_.FPDFBookmark_GetNextSibling_(file_, entry)) {
      add(entry, level);
      read(entry, level + 1);
    }
  }
  std::vector<OutlineEntry> take() { return std::move(entries_); }

 private:
  // PDFium follows a GoTo action to its destination by itself.
  void add(FPDF_BOOKMARK entry, std::uint32_t level) {
    FPDF_DEST place = library_.FPDFBookmark_GetDest_(file_, entry);
    const int page = place == nullptr ? -1 : library_.FPDFDest_GetDestPageIndex_(file_, place);
    if (page < 0) return;
    std::string title = utf16_text(
        [&](void* buffer, unsigned long bytes) { return library_.FPDFBookmark_GetTitle_(entry, buffer, bytes); });
    if (title.empty()) return;
    entries_.push_back({std::min(level, kLevelMax), static_cast<std::uint32_t>(page + 1), std::move(title)});
  }

  const Pdfium& library_;
  FPDF_DOCUMENT file_;
  std::size_t seen_ = 0;
  std::vector<OutlineEntry> entries_;
};

// What is compared: no blanks, no case, no number in front ("3.1 Ferries" is "Ferries" in many outlines).
std::string key_of(std::string_view text) {
  std::string key;
  const std::string folded = case_fold(text);
  for (std::size_t at = 0; at < folded.size();) {
    const char32_t c = next_code_point(folded, at);
    const bool number = key.empty() && (is_digit(c) || c == U'.' || c == U')' || c == U'(' || c == U'-');
    if (!is_space(c) && !number) append_utf8(key, c);
  }
  return key.empty() ? folded : key;
}

}  // namespace

std::vector<OutlineEntry> read_outline(const Pdfium& library, FPDF_DOCUMENT file) {
  OutlineReader reader(library, file);
  reader.read(nullptr, 1);
  return reader.take();
}

void apply_outline(const std::vector<OutlineEntry>& outline, std::vector<Block>& blocks) {
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> levels;  // page and key: level
  for (const OutlineEntry& entry : outline) levels.try_emplace({entry.page, key_of(entry.title)}, entry.level);
  bool named = false;
  std::uint32_t above = 0;  // level of the entry that was named last
  std::vector<std::uint32_t> wanted(blocks.size());
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Block& block = blocks[i];
    if (is_running_head(block)) continue;
    const bool may_be =
        block.kind == BlockKind::heading || block.kind == BlockKind::paragraph || block.kind == BlockKind::list_item;
    if (may_be && block.locator.page && block.text.size() <= kHeadingBytesMax) {
      if (const auto found = levels.find({*block.locator.page, key_of(block.text)}); found != levels.end()) {
        wanted[i] = above = found->second;
        levels.erase(found);  // the next of the same words is no heading: an entry has one place
        named = true;
        continue;
      }
    }
    if (block.kind == BlockKind::heading) wanted[i] = std::min(std::max(block.level, above + 1), kLevelMax);
  }
  if (!named) return;
  std::vector<std::pair<std::uint32_t, std::string>> path;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    Block& block = blocks[i];
    if (is_running_head(block)) continue;
    if (wanted[i] > 0) {
      block.kind = BlockKind::heading;
      block.level = wanted[i];
      while (!path.empty() && path.back().first >= block.level) path.pop_back();
    }
    block.heading_path.clear();
    for (const auto& [level, text] : path) block.heading_path.push_back(text);
    if (wanted[i] > 0) path.emplace_back(block.level, block.text);
  }
}

}  // namespace naru::pdf
