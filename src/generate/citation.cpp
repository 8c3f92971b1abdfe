#include "generate/citation.h"

#include <algorithm>

#include "record/json.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Lines are found by their share of the block's text, as if every letter were equally wide. What is off by less than
// this share of a line still finds it.
constexpr double kLineSlack = 0.35;

// Boxes of a block are its lines from top to bottom; a part of the text covers that part of their widths.
std::vector<Box> boxes_of_part(const std::vector<Box>& lines, double from, double to) {
  double total = 0;
  for (const Box& line : lines) total += line.x1 - line.x0;
  if (lines.size() < 2 || total <= 0) return lines;
  std::vector<Box> boxes;
  double at = 0;
  for (const Box& line : lines) {
    const double width = (line.x1 - line.x0) / total;
    const double slack = kLineSlack * width;
    if (at - slack < to && at + width + slack > from) boxes.push_back(line);
    at += width;
  }
  return boxes.empty() ? lines : boxes;
}

// Bytes of [from, to) of a block's text in the original. Exact where the original has the very text; elsewhere (wrapped
// lines, marks, entities) all of the block.
ByteRange bytes_of_part(const Block& block, std::size_t from, std::size_t to) {
  const ByteRange bytes = *block.locator.bytes;
  if (bytes.end - bytes.start != block.text.size()) return bytes;
  return {bytes.start + from, bytes.start + to};
}

}  // namespace

Citation cite(const Passage& passage, const Support& support) {
  const ChunkView& chunk = passage.hit.chunk;
  Citation citation;
  citation.knowledge_base = chunk.knowledge_base;
  citation.flow = chunk.flow;
  citation.doc = chunk.doc;
  citation.chunk = chunk.number;
  citation.chunk_id = chunk.chunk_id;
  citation.version = chunk.version;
  citation.quote_start = passage.sentences[support.first].start;
  citation.quote_end = passage.sentences[support.last - 1].end;
  citation.quote = fold_white_space(
      std::string_view(chunk.text).substr(citation.quote_start, citation.quote_end - citation.quote_start));
  citation.locator = chunk.locator;
  citation.support = support.score;
  citation.also_in = passage.also_in;
  return citation;
}

void locate_quote(const DocumentView& view, Citation& citation) {
  if (citation.chunk >= view.chunks.size() || view.chunks[citation.chunk].chunk_id != citation.chunk_id) return;
  const std::size_t start = view.chunks[citation.chunk].text_start;
  const std::size_t from = start + citation.quote_start, to = start + citation.quote_end;
  Locator found;
  bool any = false;
  std::size_t at = 0;
  for (const Block& block : view.document.blocks) {
    const std::size_t end = at + block.text.size();
    if (from < end && to > at && !block.text.empty()) {
      const std::size_t inner_from = std::max(from, at) - at, inner_to = std::min(to, end) - at;
      const double size = static_cast<double>(block.text.size());
      Locator here = block.locator;
      here.boxes =
          boxes_of_part(here.boxes, static_cast<double>(inner_from) / size, static_cast<double>(inner_to) / size);
      if (here.bytes) here.bytes = bytes_of_part(block, inner_from, inner_to);
      if (any) {
        widen(found, here);
      } else {
        found = std::move(here);
      }
      any = true;
    }
    at = end + kBlockSeparator.size();
  }
  if (any) citation.locator = found;
}

Json locator_to_json(const Locator& locator, const std::string& uri) {
  Json json = locator_to_json(locator);
  json["uri"] = uri;
  return json;
}

Json citation_to_json(const Citation& citation) {
  return {{"marker", citation.marker},
          {"kb", citation.knowledge_base},
          {"doc", citation.doc},
          {"chunk", citation.chunk},
          {"chunk_id", citation.chunk_id.hex()},
          {"version", citation.version.hex()},
          {"quote", citation.quote},
          {"locator", locator_to_json(citation.locator, citation.doc)},
          {"start", citation.start},
          {"end", citation.end},
          {"support", citation.support},
          {"also_in", citation.also_in}};
}

}  // namespace naru
