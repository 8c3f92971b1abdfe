#include "store/answers.h"

#include "record/codec.h"
#include "runtime/clock.h"
#include "store/forget.h"
#include "store/rooms.h"

namespace naru {

namespace {

// Answers kept for `naru why`; the oldest go first.
constexpr int kAnswersKept = 10'000;

Result<bool> shows_forgotten(Database& truth, const Json& answer) {
  const std::shared_ptr<const Forgotten> forgotten = NARU_TRY(read_forgotten(truth));
  if (!forgotten) return false;
  for (const char* part : {"citations", "evidence"}) {
    if (!answer.contains(part) || !answer[part].is_array()) continue;
    for (const Json& entry : answer[part]) {
      if (!entry.is_object() || !entry.contains("doc") || !entry["doc"].is_string()) continue;
      Statement flows = NARU_TRY(truth.prepare("SELECT name FROM flows"));
      while (NARU_TRY(flows.step())) {
        if (!forgotten->has_item(flows.view(0), entry["doc"].get<std::string>())) continue;
        Statement there = NARU_TRY(truth.prepare("SELECT 1 FROM items WHERE key = ? LIMIT 1"));
        there.bind(entry["doc"].get<std::string>());
        if (!NARU_TRY(there.step())) return true;  // unless another flow has one of that name
      }
    }
  }
  return false;
}

Result<bool> may_read_document(Database& truth, const std::string& base, const std::string& doc,
                               const Principal& principal) {
  Statement labels = NARU_TRY(truth.prepare(
      "SELECT labels.json FROM flows CROSS JOIN items ON items.flow = flows.id JOIN docs ON docs.id = items.id "
      "JOIN bases ON bases.id = docs.base JOIN labels ON labels.id = items.label "
      "WHERE items.key = ? AND (bases.name = ? OR ? = '')"));
  labels.bind(doc).bind(base).bind(base);
  bool found = false;
  while (NARU_TRY(labels.step())) {
    found = true;
    if (!principal.may_read(NARU_TRY(decode_label(labels.view(0))))) return false;
  }
  return found;
}

Result<bool> may_read_answer(Database& truth, const Json& answer, const Principal& principal) {
  if (principal.is_owner()) return true;
  for (const char* part : {"citations", "evidence"}) {
    if (!answer.contains(part) || !answer[part].is_array()) return false;
    for (const Json& entry : answer[part]) {
      if (!entry.is_object() || !entry.contains("doc") || !entry["doc"].is_string()) return false;
      const std::string base = entry.contains("kb") && entry["kb"].is_string() ? entry["kb"].get<std::string>() : "";
      if (!NARU_TRY(may_read_document(truth, base, entry["doc"].get<std::string>(), principal))) return false;
    }
  }
  return true;
}

}  // namespace

Status keep_answer(Database& truth, const std::string& id, const Json& answer) {
  if (NARU_TRY(shows_forgotten(truth, answer))) return {};  // asked before, and answered after it was forgotten
  Statement put = NARU_TRY(truth.prepare("INSERT OR REPLACE INTO answers(id, created_ms, json) VALUES (?, ?, ?)"));
  NARU_TRY(put.bind(id).bind(system_clock().unix_ms()).bind(to_line(answer)).run());
  const bool rooms = NARU_TRY(has_rooms(truth));
  Statement trim = NARU_TRY(truth.prepare(
      rooms ? "DELETE FROM answers WHERE rowid NOT IN (SELECT rowid FROM answers ORDER BY rowid DESC LIMIT ?) "
              "AND id NOT IN (SELECT answer FROM turns)"
            : "DELETE FROM answers WHERE rowid NOT IN (SELECT rowid FROM answers ORDER BY rowid DESC LIMIT ?)"));
  return trim.bind(std::int64_t{kAnswersKept}).run();
}

Result<std::optional<KeptAnswer>> read_answer(Database& truth, const std::string& id, const Principal& principal) {
  Statement row = NARU_TRY(truth.prepare("SELECT json FROM answers WHERE id = ?"));
  row.bind(id);
  if (!NARU_TRY(row.step())) return std::optional<KeptAnswer>();
  KeptAnswer kept{NARU_TRY_AT(parse_json(row.view(0)), "answer " + id), false};
  kept.readable = NARU_TRY(may_read_answer(truth, kept.json, principal));
  return std::optional<KeptAnswer>(std::move(kept));
}

}  // namespace naru
