#include "store/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/suggest.h"
#include "runtime/clock.h"
#include "store/truth.h"

namespace naru {

namespace {

// What died is kept for a day, so that a question about yesterday has an answer, then dropped.
constexpr std::int64_t kHistoryKeptMs = 24LL * 3600 * 1000;

constexpr std::size_t kTagBytesMax = 64;

// A document that is edited each minute has more in a day than anybody looks at.
constexpr std::int64_t kVersionsMax = 300;

constexpr std::string_view kLive =
    "SELECT docs.id AS id, flows.name AS flow, items.key AS key, items.version AS version, items.label AS label, "
    "items.label AS label_now, docs.base AS base, docs.title AS title, docs.language AS language, "
    "docs.format AS format, docs.date AS date, docs.metadata AS metadata, docs.content AS content, "
    "docs.layout AS layout FROM docs JOIN items ON items.id = docs.id JOIN flows ON flows.id = items.flow";

constexpr std::string_view kPast =
    "SELECT doc, flow, key, version, label, (SELECT items.label FROM flows CROSS JOIN items ON items.flow = flows.id "
    "JOIN docs ON docs.id = items.id WHERE flows.name = generations.flow AND items.key = generations.key), base, "
    "title, language, format, date, metadata, content, layout FROM generations";

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A name that a shell, a file system and a list can carry, and that no epoch is.
Status check_name(const std::string& name) {
  const auto is_fine = [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
    return letter || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '/' || c == ':';
  };
  const bool fine = !name.empty() && name.size() <= kTagBytesMax && name.front() != '-' && !is_number(name) &&
                    name != "ls" && name != "rm" && std::all_of(name.begin(), name.end(), is_fine);
  if (fine) return {};
  return Error(Code::invalid_argument,
               fmt::format("\"{}\" is no name for a tag: letters, digits and - _ . / :, at most {} bytes, not a number "
                           "alone, not ls or rm", shown(name), kTagBytesMax));
}

// Whether the version can still be asked for; if so, when, and by which tags.
bool find_kept(DocumentVersion& one, std::uint64_t oldest, const std::vector<Tag>& tags) {
  const auto covers = [&one](std::uint64_t epoch) { return epoch >= one.born && (!one.died || epoch < *one.died); };
  for (const Tag& tag : tags) {
    if (!covers(tag.epoch)) continue;
    one.tags.push_back(tag.name);
    one.kept_at = tag.epoch;
  }
  const std::uint64_t first = std::max(one.born, oldest);
  if (covers(first)) one.kept_at = first;
  return covers(first) || !one.tags.empty();
}

Result<Label> label_of(Database& truth, std::int64_t label) {
  Statement row = NARU_TRY(truth.prepare("SELECT json FROM labels WHERE id = ?"));
  row.bind(label);
  if (!NARU_TRY(row.step())) return Error(Code::internal, "a document has a label that is not there");
  return decode_label(row.view(0));
}

Result<std::optional<Tag>> find_tag(Database& truth, const std::string& name) {
  Statement row = NARU_TRY(truth.prepare("SELECT epoch, created_ms FROM tags WHERE name = ?"));
  row.bind(name);
  if (!NARU_TRY(row.step())) return std::optional<Tag>();
  return std::optional(Tag{name, static_cast<std::uint64_t>(row.integer(0)), row.integer(1)});
}

}  // namespace

std::string documents_at(std::optional<std::uint64_t> epoch) {
  if (!epoch) return fmt::format("({})", kLive);
  return fmt::format("({0} WHERE docs.born <= {2} UNION ALL {1} WHERE born <= {2} AND died > {2})", kLive, kPast,
                     *epoch);
}

Result<std::uint64_t> oldest_epoch(Database& truth) {
  return static_cast<std::uint64_t>(NARU_TRY(truth.value("SELECT value FROM meta WHERE name = 'oldest'")));
}

Status check_kept(Database& truth, std::uint64_t epoch) {
  const std::uint64_t oldest = NARU_TRY(oldest_epoch(truth)), newest = NARU_TRY(read_epoch(truth));
  if (epoch > newest) {
    return Error(Code::invalid_argument,
                 fmt::format("there was never an epoch {}; the newest is {}, and `naru status` says which are kept",
                             epoch, newest));
  }
  if (epoch >= oldest) return {};
  Statement tagged = NARU_TRY(truth.prepare("SELECT 1 FROM tags WHERE epoch = ? LIMIT 1"));
  tagged.bind(static_cast<std::int64_t>(epoch));
  if (NARU_TRY(tagged.step())) return {};
  return Error(Code::not_found,
               fmt::format("epoch {} is gone: the past is kept for a day, and longer where a tag names it; the oldest "
                           "that is kept is {}, and `naru tag ls` lists the tags", epoch, oldest));
}

Result<std::uint64_t> find_epoch(Database& truth, const std::string& text) {
  if (!is_number(text)) {
    const std::optional<Tag> tag = NARU_TRY(find_tag(truth, text));
    if (tag) return tag->epoch;
    return Error(Code::not_found, fmt::format("there is no tag \"{}\"; `naru tag ls` lists them, and an epoch is a "
                                              "number", shown(text)));
  }
  std::uint64_t epoch = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), epoch);
  if (error != std::errc()) epoch = ~0ULL >> 1;
  NARU_TRY(check_kept(truth, epoch));
  return epoch;
}

Result<std::vector<DocumentVersion>> read_versions(Database& truth, const std::string& flow, const std::string& key,
                                                    const Principal& principal) {
  const std::uint64_t oldest = NARU_TRY(oldest_epoch(truth));
  const std::vector<Tag> tags = NARU_TRY(read_tags(truth));
  // `label_now` as in kPast: who may not read the document of today reads none of its past either.
  Statement rows = NARU_TRY(truth.prepare(
      "SELECT version, born, died, label, unix_ms, label_now FROM ("
      "SELECT version, born, died, label, (SELECT items.label FROM flows CROSS JOIN items ON items.flow = flows.id "
      "JOIN docs ON docs.id = items.id WHERE flows.name = generations.flow AND items.key = generations.key) "
      "AS label_now "
      "FROM generations WHERE flow = ?1 AND key = ?2 UNION ALL "
      "SELECT items.version, docs.born, NULL, items.label, items.label FROM docs JOIN items ON items.id = docs.id "
      "JOIN flows ON flows.id = items.flow WHERE flows.name = ?1 AND items.key = ?2) "
      "LEFT JOIN epochs ON epochs.epoch = born ORDER BY born DESC LIMIT ?3"));
  rows.bind(flow).bind(key).bind(kVersionsMax);
  std::vector<DocumentVersion> versions;
  while (NARU_TRY(rows.step())) {
    DocumentVersion one;
    one.version = Sha256::from_bytes(rows.view(0));
    one.born = static_cast<std::uint64_t>(rows.integer(1));
    if (!rows.is_null(2)) one.died = static_cast<std::uint64_t>(rows.integer(2));
    if (!rows.is_null(4)) one.born_ms = rows.integer(4);
    bool readable = principal.may_read(NARU_TRY(label_of(truth, rows.integer(3))));
    if (!rows.is_null(5)) readable = readable && principal.may_read(NARU_TRY(label_of(truth, rows.integer(5))));
    if (readable && find_kept(one, oldest, tags)) versions.push_back(std::move(one));
  }
  return versions;
}

Result<std::vector<Tag>> read_tags(Database& truth) {
  std::vector<Tag> tags;
  Statement rows = NARU_TRY(truth.prepare("SELECT name, epoch, created_ms FROM tags ORDER BY name"));
  while (NARU_TRY(rows.step())) {
    tags.push_back({rows.text(0), static_cast<std::uint64_t>(rows.integer(1)), rows.integer(2)});
  }
  return tags;
}

Result<Tag> add_tag(Database& truth, const std::string& name, std::optional<std::uint64_t> epoch) {
  NARU_TRY(check_name(name));
  if (const std::optional<Tag> known = NARU_TRY(find_tag(truth, name))) {
    return Error(Code::already_exists, fmt::format("the tag {} is there already, of epoch {}; take it away with "
                                                   "`naru tag rm {}` or name another", name, known->epoch, name));
  }
  Tag tag{name, epoch ? *epoch : NARU_TRY(read_epoch(truth)), system_clock().unix_ms()};
  NARU_TRY(check_kept(truth, tag.epoch));
  Statement put = NARU_TRY(truth.prepare("INSERT INTO tags(name, epoch, created_ms) VALUES (?, ?, ?)"));
  NARU_TRY(put.bind(name).bind(static_cast<std::int64_t>(tag.epoch)).bind(tag.created_ms).run());
  return tag;
}

Status drop_tag(Database& truth, const std::string& name) {
  if (!NARU_TRY(find_tag(truth, name))) {
    return Error(Code::not_found, fmt::format("there is no tag \"{}\"; `naru tag ls` lists them", shown(name)));
  }
  Statement drop = NARU_TRY(truth.prepare("DELETE FROM tags WHERE name = ?"));
  return drop.bind(name).run();
}

Result<std::int64_t> model_at(Database& truth, std::int64_t base, std::uint64_t epoch) {
  Statement model = NARU_TRY(
      truth.prepare("SELECT model FROM base_models WHERE base = ? AND epoch <= ? ORDER BY epoch DESC LIMIT 1"));
  model.bind(base).bind(static_cast<std::int64_t>(epoch));
  return NARU_TRY(model.step()) ? model.integer(0) : 0;
}

Result<std::vector<std::int64_t>> drop_old_history(Database& truth) {
  std::vector<std::int64_t> contents;
  Statement last = NARU_TRY(truth.prepare("SELECT max(epoch) FROM epochs WHERE unix_ms < ?"));
  last.bind(system_clock().unix_ms() - kHistoryKeptMs);
  const bool any = NARU_TRY(last.step()) && !last.is_null(0);
  const auto before = static_cast<std::int64_t>(NARU_TRY(oldest_epoch(truth)));
  const std::int64_t oldest = std::max(before, any ? last.integer(0) : 0);
  // What died in the oldest epoch that is kept, or earlier, is seen from none that is kept but those of tags.
  constexpr std::string_view kUntagged =
      "died <= ? AND NOT EXISTS (SELECT 1 FROM tags WHERE tags.epoch >= born AND tags.epoch < died)";
  {
    Statement chunks = NARU_TRY(truth.prepare(fmt::format("DELETE FROM chunks WHERE {}", kUntagged)));
    NARU_TRY(chunks.bind(oldest).run());
  }
  {
    Statement past =
        NARU_TRY(truth.prepare(fmt::format("DELETE FROM generations WHERE {} RETURNING content", kUntagged)));
    past.bind(oldest);
    while (NARU_TRY(past.step())) contents.push_back(past.integer(0));
  }
  Statement epochs = NARU_TRY(
      truth.prepare("DELETE FROM epochs WHERE epoch < ? AND epoch NOT IN (SELECT epoch FROM tags)"));
  NARU_TRY(epochs.bind(oldest).run());
  if (oldest == before) return contents;
  Statement keep = NARU_TRY(truth.prepare("UPDATE meta SET value = ? WHERE name = 'oldest'"));
  NARU_TRY(keep.bind(oldest).run());
  return contents;
}

}  // namespace naru
