#include "store/dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/json.h"
#include "record/json.h"
#include "store/read_view.h"

namespace naru {

namespace {

// What the legs hold of one chunk row.
struct Indexed {
  bool lexical = false;
  std::optional<std::string> vector;  // hash of its bytes
};
using IndexedRows = std::unordered_map<std::uint64_t, Indexed>;  // by chunk row

// Reads back what a search of the knowledge base would: live rows whose postings add up, and their vectors.
Result<IndexedRows> read_legs(const ReadView& view, const StorePaths& paths, const BaseEntry& base) {
  std::shared_ptr<const VectorRows> vectors;
  for (const VectorEntry& entry : NARU_TRY(read_vectors(*view.truth))) {
    if (entry.id == base.vectors) vectors = NARU_TRY(open_vectors(paths, entry));
  }
  IndexedRows indexed;
  for (const NamedSegment& named : NARU_TRY(open_segments(view, paths, base.id))) {
    const std::vector<RowDigest> digests = NARU_TRY(named.segment->digests());
    named.alive.each([&](std::size_t i) {
      const SegmentRow& row = named.segment->row(i);
      Indexed& entry = indexed[row.chunk];
      entry.lexical = digests[i].lengths[0] == row.length;
      if (!vectors || row.model != base.vectors || row.vector >= vectors->rows()) return;
      entry.vector = sha256(vectors->row_bytes(row.vector)).hex();
    });
  }
  return indexed;
}

Json chunk_line(const std::string& flow, const std::string& doc, std::size_t n, const ChunkSlice& slice,
                std::string_view text, const Indexed& indexed) {
  Json line = {{"kind", "chunk"}, {"flow", flow}, {"doc", doc}, {"n", n}, {"text_sha256", sha256(text).hex()}};
  line["heading_path"] = slice.heading_path;
  line["locator"] = locator_to_json(slice.locator);
  line["lexical"] = indexed.lexical;
  line["vector"] = indexed.vector ? Json(*indexed.vector) : Json();
  return line;
}

Status dump_base(const ReadView& view, const StorePaths& paths, const BaseEntry& base, const Principal& principal,
                 std::vector<std::string>& lines) {
  const IndexedRows indexed = NARU_TRY(read_legs(view, paths, base));
  ContentReader contents(*view.content);
  Statement docs = NARU_TRY(view.truth->prepare(
      "SELECT flows.name, items.key, items.version, docs.title, docs.content, docs.layout, labels.json FROM docs "
      "JOIN items ON items.id = docs.id JOIN flows ON flows.id = items.flow JOIN labels ON labels.id = items.label "
      "WHERE docs.base = ?"));
  docs.bind(base.id);
  while (NARU_TRY(docs.step())) {
    if (!principal.may_read(NARU_TRY(decode_label(docs.view(6))))) continue;
    const std::string flow = docs.text(0), doc = docs.text(1);
    const Content content = NARU_TRY_AT(contents.read(docs.integer(4)), "the text of " + doc);
    const std::string text = document_text(content.document);
    const std::vector<std::uint64_t> layout = NARU_TRY_AT(decode_rows(docs.view(5)), "the layout of " + doc);
    if (layout.size() != content.slices.size() || docs.view(2).size() != 32) {
      return Error(Code::corrupt, fmt::format("the row of {} is damaged; run `naru verify`", doc));
    }
    lines.push_back(to_line({{"kind", "doc"},
                             {"flow", flow},
                             {"doc", doc},
                             {"version", Sha256::from_bytes(docs.view(2)).hex()},
                             {"title", docs.text(3)},
                             {"chunks", layout.size()}}));
    for (std::size_t n = 0; n < layout.size(); ++n) {
      const ChunkSlice& slice = content.slices[n];
      const std::string_view slice_text = NARU_TRY_AT(text_of(slice, text), fmt::format("chunk {} of {}", n, doc));
      const auto found = indexed.find(layout[n]);
      lines.push_back(to_line(
          chunk_line(flow, doc, n, slice, slice_text, found == indexed.end() ? Indexed{} : found->second)));
    }
  }
  return {};
}

// Items without a document have no label of their own: only the owner sees them.
Status dump_rejects(const ReadView& view, std::vector<std::string>& lines) {
  Statement rejects = NARU_TRY(view.truth->prepare(
      "SELECT flows.name, items.key, items.reject_code, items.reject_message FROM items "
      "JOIN flows ON flows.id = items.flow WHERE items.reject_code <> ''"));
  while (NARU_TRY(rejects.step())) {
    if (const std::optional<Drop> drop = drop_of(rejects.view(2), rejects.view(3))) {
      lines.push_back(to_line({{"kind", "drop"},
                               {"flow", rejects.text(0)},
                               {"doc", rejects.text(1)},
                               {"step", drop->step},
                               {"reason", drop->reason}}));
      continue;
    }
    lines.push_back(to_line({{"kind", "reject"},
                             {"flow", rejects.text(0)},
                             {"doc", rejects.text(1)},
                             {"code", rejects.text(2)}}));
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> dump_store(const StorePaths& paths, const Principal& principal) {
  std::vector<std::string> lines = NARU_TRY(read_store(paths, [&](ReadView view) -> Result<std::vector<std::string>> {
    std::vector<std::string> found;
    for (const BaseEntry& base : NARU_TRY(read_bases(*view.truth))) {
      NARU_TRY_AT(dump_base(view, paths, base, principal, found), "knowledge base " + base.name);
    }
    if (principal.is_owner()) NARU_TRY(dump_rejects(view, found));
    return found;
  }));
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace naru
