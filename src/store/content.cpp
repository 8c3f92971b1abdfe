#include "store/content.h"

#include <algorithm>

#include "naru/id.h"
#include "record/codec.h"
#include "runtime/compress.h"
#include "store/schema.h"

namespace naru {

namespace {

// A decompressed pack never needs more; a frame that claims more is damaged.
constexpr std::uint64_t kPackBytesMax = 4ULL << 30;
constexpr std::uint64_t kChunksMax = 10'000'000;  // of one document

// A pack is closed before it grows over this: made words pack to 0.41 of their size (alone 0.58, in packs of 64 KiB
// 0.40), Korean passages to 0.50 (0.66, 0.46), and a hit is read by unpacking 25 microseconds' worth.
constexpr std::size_t kPackBytes = 16 << 10;

constexpr std::size_t kDigestBytes = 16;

constexpr const char* kSchema = R"sql(
CREATE TABLE packs(first INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE digests(first INTEGER PRIMARY KEY, digests BLOB NOT NULL);
CREATE TABLE next(id INTEGER NOT NULL);
INSERT INTO next(id) VALUES (1);
)sql";

// What schema 1 had: each content by itself. The last id that was given stands in SQLite's own table.
constexpr const char* kEndOfSchema1 = R"sql(
UPDATE next SET id = 1 + coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'contents'), 0);
DROP TABLE contents;
)sql";

std::string encode_digests(std::span<const Id128> digests) {
  std::string bytes;
  for (const Id128& digest : digests) bytes += digest.bytes();
  return bytes;
}

Result<std::vector<Id128>> decode_digests(std::string_view bytes) {
  if (bytes.size() % kDigestBytes != 0) return Error(Code::corrupt, "the digests of texts are damaged");
  std::vector<Id128> digests;
  for (; !bytes.empty(); bytes.remove_prefix(kDigestBytes)) {
    digests.push_back(Id128::from_bytes(bytes.substr(0, kDigestBytes)));
  }
  return digests;
}

Error missing() { return {Code::corrupt, "the text is missing; run `naru verify`"}; }

// The pack in whose range the id is; none where it is in no pack.
Result<std::optional<Pack>> find_pack(Database& content, std::int64_t id) {
  Statement row = NARU_TRY(content.prepare(
      "SELECT packs.first, bytes, digests FROM packs JOIN digests ON digests.first = packs.first "
      "WHERE packs.first = (SELECT max(first) FROM packs WHERE first <= ?)"));
  row.bind(id);
  if (!NARU_TRY(row.step())) return std::optional<Pack>();
  Pack found{row.integer(0), NARU_TRY(decode_digests(row.view(2))), row.text(1)};
  if (static_cast<std::uint64_t>(id - found.first) >= found.digests.size()) return std::optional<Pack>();
  return std::optional(std::move(found));
}

Result<std::vector<std::string_view>> split(const Pack& pack, std::string_view unpacked) {
  ByteReader in(unpacked);
  std::vector<std::string_view> parts;
  for (std::size_t i = 0; i < pack.digests.size(); ++i) parts.push_back(NARU_TRY(in.raw()));
  if (!in.empty()) return Error(Code::corrupt, "the texts that are packed together do not fit their digests");
  return parts;
}

Status put_row(Database& content, std::int64_t first, std::string_view bytes, std::span<const Id128> digests) {
  Statement put = NARU_TRY(content.prepare("INSERT OR REPLACE INTO packs(first, bytes) VALUES (?, ?)"));
  NARU_TRY(put.bind(first).blob(bytes).run());
  Statement with = NARU_TRY(content.prepare("INSERT OR REPLACE INTO digests(first, digests) VALUES (?, ?)"));
  return with.bind(first).blob(encode_digests(digests)).run();
}

Status drop_row(Database& content, std::int64_t first) {
  for (const char* sql : {"DELETE FROM packs WHERE first = ?", "DELETE FROM digests WHERE first = ?"}) {
    Statement drop = NARU_TRY(content.prepare(sql));
    NARU_TRY(drop.bind(first).run());
  }
  return {};
}

// The pack without the contents at these places; what is left keeps its place.
Result<Pack> without(Pack from, const std::vector<std::size_t>& places) {
  for (const std::size_t place : places) from.digests[place] = {};
  const bool any = std::any_of(from.digests.begin(), from.digests.end(), [](const Id128& id) { return id != Id128{}; });
  if (!any) return Pack{from.first, {}, {}};
  const std::string unpacked = NARU_TRY(zstd_decompress(from.bytes, kPackBytesMax));
  std::vector<std::string_view> parts = NARU_TRY(split(from, unpacked));
  for (const std::size_t place : places) parts[place] = {};
  ByteWriter plain;
  for (const std::string_view part : parts) plain.text(part);
  from.bytes = zstd_compress(plain.bytes());
  return from;
}

// Calls change(pack, its places) for each pack that holds some of the ids.
template <class Change>
Status each_pack(Database& content, std::vector<std::int64_t> ids, Change change) {
  std::sort(ids.begin(), ids.end());
  for (std::size_t i = 0; i < ids.size();) {
    std::optional<Pack> pack = NARU_TRY(find_pack(content, ids[i]));
    if (!pack) {
      ++i;
      continue;
    }
    std::vector<std::size_t> places;
    const auto place = [&] { return static_cast<std::size_t>(ids[i] - pack->first); };
    for (; i < ids.size() && place() < pack->digests.size(); ++i) places.push_back(place());
    NARU_TRY(change(std::move(*pack), places));
  }
  return {};
}

// Collects contents with consecutive ids and writes a pack when it is full.
class Packer {
 public:
  Packer(Database& content, std::int64_t next) : content_(content), first_(next) {}

  Result<std::int64_t> add(std::string_view bytes, const Id128& digest) {
    if (!digests_.empty() && plain_.bytes().size() + bytes.size() > kPackBytes) NARU_TRY(flush());
    plain_.text(bytes);
    digests_.push_back(digest);
    return next() - 1;
  }
  Status flush() {
    if (digests_.empty()) return {};
    NARU_TRY(put_row(content_, first_, zstd_compress(plain_.bytes()), digests_));
    begin_at(next());
    return {};
  }
  void begin_at(std::int64_t id) {
    first_ = id;
    plain_ = {};
    digests_.clear();
  }
  std::int64_t next() const { return first_ + static_cast<std::int64_t>(digests_.size()); }

 private:
  Database& content_;
  std::int64_t first_;
  ByteWriter plain_;
  std::vector<Id128> digests_;
};

// Ids stay, so the truth need not be told. One that cannot be read stays one that cannot be read.
Status pack_schema_1(Database& content) {
  Packer packer(content, 1);
  Statement rows = NARU_TRY(content.prepare("SELECT id, digest, bytes FROM contents ORDER BY id"));
  while (NARU_TRY(rows.step())) {
    const std::int64_t id = rows.integer(0);
    if (rows.view(1).size() != kDigestBytes) return Error(Code::corrupt, "the digest of a text is damaged");
    if (id != packer.next()) {
      NARU_TRY(packer.flush());
      packer.begin_at(id);
    }
    const Result<std::string> plain = zstd_decompress(rows.view(2), kPackBytesMax);
    NARU_TRY(packer.add(plain ? std::string_view(*plain) : std::string_view(), Id128::from_bytes(rows.view(1))));
  }
  return packer.flush();
}

}  // namespace

Result<std::string_view> text_of(const ChunkSlice& slice, std::string_view document_text) {
  if (slice.text_start > slice.text_end || slice.text_end > document_text.size()) {
    return Error(Code::corrupt, "a chunk lies outside its text; run `naru verify`");
  }
  return document_text.substr(slice.text_start, slice.text_end - slice.text_start);
}

std::string encode_content(const Document& document, const std::vector<Chunk>& chunks) {
  ByteWriter out;
  Document nameless = document;
  nameless.uri.clear();
  out.text(encode_document(nameless));
  out.number(chunks.size());
  for (const Chunk& chunk : chunks) {
    out.path(chunk.heading_path);
    out.number(chunk.text_start);
    out.number(chunk.text_end);
    out.locator(chunk.locator);
  }
  return out.take();
}

Result<Content> decode_content(std::string_view plain) {
  ByteReader in(plain);
  Content content;
  content.document = NARU_TRY(decode_document(NARU_TRY(in.raw())));
  const std::uint64_t count = NARU_TRY(in.number(std::min<std::uint64_t>(kChunksMax, in.left())));
  for (std::uint64_t i = 0; i < count; ++i) {
    ChunkSlice slice;
    slice.heading_path = NARU_TRY(in.path());
    slice.text_start = NARU_TRY(in.number(plain.size()));
    slice.text_end = NARU_TRY(in.number(plain.size()));
    slice.locator = NARU_TRY(in.locator());
    content.slices.push_back(std::move(slice));
  }
  return content;
}

Status prepare_content(Database& content) {
  // Said again to a file that is made, it would be written to each time.
  if (NARU_TRY(content.value("PRAGMA user_version")) == 0) {
    NARU_TRY(content.execute("PRAGMA auto_vacuum = INCREMENTAL"));
  }
  return prepare_schema(content, kContentSchemaVersion, [&](std::int64_t version) -> Status {
    if (version > 1) return other_schema(version, kContentSchemaVersion);
    NARU_TRY(content.execute(kSchema));
    if (version == 0) return {};
    NARU_TRY(pack_schema_1(content));
    return content.execute(kEndOfSchema1);
  });
}

// ---- reading ----

Status ContentReader::load(std::int64_t id) {
  const bool kept = id >= pack_.first && place(id) < parts_.size();
  if (!kept) {
    parts_.clear();
    std::optional<Pack> found = NARU_TRY(find_pack(content_, id));
    if (!found) return missing();
    pack_ = std::move(*found);
    unpacked_ = NARU_TRY(zstd_decompress(pack_.bytes, kPackBytesMax));
    parts_ = NARU_TRY(split(pack_, unpacked_));
  }
  return pack_.digests[place(id)] == Id128{} ? missing() : Status();
}

Result<std::string_view> ContentReader::plain(std::int64_t id) {
  NARU_TRY(load(id));
  return parts_[place(id)];
}

Result<Content> ContentReader::read(std::int64_t id) { return decode_content(NARU_TRY(plain(id))); }

Result<Content> ContentReader::read_checked(std::int64_t id) {
  const std::string_view bytes = NARU_TRY(plain(id));
  if (hash128(bytes) != pack_.digests[place(id)]) return Error(Code::corrupt, "the text is not what was written");
  return decode_content(bytes);
}

Result<std::vector<std::int64_t>> content_ids(Database& content) {
  std::vector<std::int64_t> ids;
  Statement rows = NARU_TRY(content.prepare("SELECT first, digests FROM digests ORDER BY first"));
  while (NARU_TRY(rows.step())) {
    std::int64_t id = rows.integer(0);
    for (const Id128& digest : NARU_TRY(decode_digests(rows.view(1)))) {
      if (digest != Id128{}) ids.push_back(id);
      ++id;
    }
  }
  return ids;
}

Result<std::int64_t> next_content_id(Database& content) { return content.value("SELECT id FROM next"); }

Result<std::vector<Repacked>> plan_removal(Database& content, std::vector<std::int64_t> ids) {
  std::vector<Repacked> packs;
  NARU_TRY(each_pack(content, std::move(ids), [&](Pack pack, const std::vector<std::size_t>& places) -> Status {
    Repacked& planned = packs.emplace_back();
    planned.before = pack.bytes;
    planned.after = NARU_TRY(without(std::move(pack), places)).bytes;
    return {};
  }));
  return packs;
}

// ---- writing ----

Status ContentWriter::read_digests() {
  if (by_digest_) return {};
  std::unordered_map<Id128, std::int64_t> found;
  Statement rows = NARU_TRY(content_.prepare("SELECT first, digests FROM digests"));
  while (NARU_TRY(rows.step())) {
    std::int64_t id = rows.integer(0);
    for (const Id128& digest : NARU_TRY(decode_digests(rows.view(1)))) found.emplace(digest, id++);
  }
  found.erase(Id128{});
  by_digest_ = std::move(found);
  return {};
}

Result<std::vector<std::int64_t>> ContentWriter::put(std::span<const std::string> encoded) {
  NARU_TRY(read_digests());
  std::vector<std::int64_t> ids;
  const std::int64_t next = NARU_TRY(next_content_id(content_));
  Packer packer(content_, next);
  for (const std::string& bytes : encoded) {
    const Id128 digest = hash128(bytes);
    const auto [known, is_new] = by_digest_->try_emplace(digest, packer.next());
    if (is_new) NARU_TRY(packer.add(bytes, digest));
    ids.push_back(known->second);
  }
  NARU_TRY(packer.flush());
  if (packer.next() == next) return ids;
  Statement set = NARU_TRY(content_.prepare("UPDATE next SET id = ?"));
  NARU_TRY(set.bind(packer.next()).run());
  return ids;
}

// A pack that cannot be read stays, for `verify` to name: it is not what keeps anyone from writing.
Status ContentWriter::remove(std::vector<std::int64_t> ids) {
  return each_pack(content_, std::move(ids), [&](Pack pack, const std::vector<std::size_t>& places) -> Status {
    for (const std::size_t place : places) {
      if (by_digest_) by_digest_->erase(pack.digests[place]);
    }
    const Result<Pack> left = without(std::move(pack), places);
    if (!left && left.error().code() == Code::corrupt) return {};
    if (!left) return left.error();
    return left->bytes.empty() ? drop_row(content_, left->first)
                               : put_row(content_, left->first, left->bytes, left->digests);
  });
}

}  // namespace naru
