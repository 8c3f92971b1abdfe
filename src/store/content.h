// content.db: the text of each distinct content once, several packed together.
//
// A pack is one zstd frame of contents with consecutive ids, made by one commit: what stands together is alike, and
// packs to two thirds of what each alone would. Ids only grow and are never used again. Taking a content away packs its
// neighbours anew at once, so that nothing of it stays. docs/format/truth.md draws the tables.
// Each object belongs to the thread of its Database, and works within the caller's transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "naru/record.h"
#include "naru/result.h"
#include "store/sqlite.h"

namespace naru {

inline constexpr std::int64_t kContentSchemaVersion = 2;

// A slice of a document that is a chunk: kept with the content, shared by all documents of that content.
struct ChunkSlice {
  std::vector<std::string> heading_path;
  std::uint64_t text_start = 0, text_end = 0;
  Locator locator;
};

// One document generation as content.db keeps it.
struct Content {
  Document document;
  std::vector<ChunkSlice> slices;
};

// The slice of the document's text. corrupt: it lies outside of it.
Result<std::string_view> text_of(const ChunkSlice& slice, std::string_view document_text);

// Without the document's name: equal contents are kept once, whatever they are called.
std::string encode_content(const Document& document, const std::vector<Chunk>& chunks);
Result<Content> decode_content(std::string_view plain);

// Pragmas and schema; an earlier schema is brought up to this one.
Status prepare_content(Database& content);

// As it stands in the file.
struct Pack {
  std::int64_t first = 0;      // id of its first content
  std::vector<Id128> digests;  // of each content's bytes; zero: taken away
  std::string bytes;
};

// Keeps the pack that it read last, unpacked: whoever reads in the order of ids unpacks each once.
class ContentReader {
 public:
  explicit ContentReader(Database& content) : content_(content) {}
  // corrupt: it is not there, or its pack cannot be read.
  Result<std::string_view> plain(std::int64_t id);  // encoded; until the next call
  Result<Content> read(std::int64_t id);
  // The same, and corrupt also where the bytes are not those that were written.
  Result<Content> read_checked(std::int64_t id);

 private:
  Status load(std::int64_t id);
  std::size_t place(std::int64_t id) const { return static_cast<std::size_t>(id - pack_.first); }

  Database& content_;
  Pack pack_;
  std::string unpacked_;
  std::vector<std::string_view> parts_;  // of unpacked_, one a content
};

// Adds and takes away.
class ContentWriter {
 public:
  explicit ContentWriter(Database& content) : content_(content) {}

  // Their ids, in order. Equal contents are kept once.
  Result<std::vector<std::int64_t>> put(std::span<const std::string> encoded);
  Status remove(std::vector<std::int64_t> ids);
  // After a transaction that failed: what is in memory may be of it.
  void forget_cache() { by_digest_.reset(); }

 private:
  Status read_digests();

  Database& content_;
  // Looked up at each new content, and in no order that a table could be kept in without writing all over the file.
  std::optional<std::unordered_map<Id128, std::int64_t>> by_digest_;
};

Result<std::vector<std::int64_t>> content_ids(Database& content);  // in order
// Larger than every id that was ever given.
Result<std::int64_t> next_content_id(Database& content);
// The bytes of each pack that holds one of the contents, and as it will be without them (empty: nothing is left).
struct Repacked {
  std::string before, after;
};
Result<std::vector<Repacked>> plan_removal(Database& content, std::vector<std::int64_t> ids);

}  // namespace naru
