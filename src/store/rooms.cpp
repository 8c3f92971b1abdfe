#include "store/rooms.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/clock.h"
#include "store/answers.h"
#include "store/read_view.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Younger than the schema that truth.db is made with, and made where they lack: who does not know them does nothing
// wrong without them. Schema 3 of truth.db, then, is the version of these tables too.
constexpr const char* kRoomsSchema = R"sql(
CREATE TABLE IF NOT EXISTS rooms(
  id INTEGER PRIMARY KEY AUTOINCREMENT, person TEXT NOT NULL, name TEXT NOT NULL, created_ms INTEGER NOT NULL,
  used_ms INTEGER NOT NULL, turns_gone INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX IF NOT EXISTS rooms_by_name ON rooms(person, name);
CREATE TABLE IF NOT EXISTS turns(
  id INTEGER PRIMARY KEY AUTOINCREMENT, room INTEGER NOT NULL, answer TEXT NOT NULL, asked_ms INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS turns_by_room ON turns(room, id);
)sql";

constexpr std::string_view kRoomColumns =
    "SELECT id, name, created_ms, used_ms, (SELECT count(*) FROM turns WHERE room = rooms.id), turns_gone FROM rooms";

// Whose rooms: no user's name is the owner's word.
std::string person_of(const Principal& principal) {
  return principal.is_owner() ? "owner" : "user:" + principal.user();
}

Error no_room(const std::string& name) { return {Code::not_found, fmt::format("there is no room \"{}\"", name)}; }

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// As it is kept and shown: composed, white space folded.
Result<std::string> checked_name(const std::string& given) {
  std::string name = nfc(fold_white_space(given));
  if (name.empty()) return Error(Code::invalid_argument, "a room needs a name");
  if (name.size() > kRoomNameBytesMax) {
    return Error(Code::invalid_argument, fmt::format("a room's name has at most {} bytes", kRoomNameBytesMax));
  }
  if (std::any_of(name.begin(), name.end(), is_control)) {
    return Error(Code::invalid_argument, "a room's name has no control characters");
  }
  return name;
}

RoomInfo read_room(const Statement& row) {
  return {row.integer(0),
          row.text(1),
          row.integer(2),
          row.integer(3),
          static_cast<std::uint64_t>(row.integer(4)),
          static_cast<std::uint64_t>(row.integer(5))};
}

Result<RoomInfo> find_room(Database& truth, const Principal& principal, const std::string& name) {
  Statement room = NARU_TRY(truth.prepare(fmt::format("{} WHERE person = ? AND name = ?", kRoomColumns)));
  room.bind(person_of(principal)).bind(nfc(fold_white_space(name)));
  if (!NARU_TRY(room.step())) return no_room(name);
  return read_room(room);
}

// Null where there is nothing to read.
Result<std::unique_ptr<Database>> open_to_read(const StorePaths& paths) {
  if (!NARU_TRY(is_made(paths))) return std::unique_ptr<Database>();
  std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths.truth, false));
  if (!NARU_TRY(has_rooms(*truth))) return std::unique_ptr<Database>();
  return truth;
}

Result<std::unique_ptr<Database>> open_to_write(const StorePaths& paths) {
  if (!NARU_TRY(is_made(paths))) {
    return Error(Code::not_found, "nothing has been taken in yet; `naru run` does it, then there are rooms");
  }
  NARU_TRY(may_write(paths));
  std::unique_ptr<Database> truth = NARU_TRY(Database::open(paths.truth, false));
  NARU_TRY(truth->execute("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON"));
  if (!NARU_TRY(has_rooms(*truth))) {
    const auto transaction = NARU_TRY(Transaction::begin(*truth));
    NARU_TRY(truth->execute(kRoomsSchema));
    NARU_TRY(transaction->commit());
  }
  return truth;
}

// Turns beyond what a room keeps; their answers stay for `naru why` as any other.
Status drop_oldest(Database& truth, std::int64_t room) {
  Statement count = NARU_TRY(truth.prepare("SELECT count(*) FROM turns WHERE room = ?"));
  count.bind(room);
  NARU_TRY(count.step());
  const std::int64_t over = count.integer(0) - static_cast<std::int64_t>(kTurnsKept);
  if (over <= 0) return {};
  Statement drop = NARU_TRY(truth.prepare(
      "DELETE FROM turns WHERE id IN (SELECT id FROM turns WHERE room = ? ORDER BY id LIMIT ?)"));
  NARU_TRY(drop.bind(room).bind(over).run());
  Statement gone = NARU_TRY(truth.prepare("UPDATE rooms SET turns_gone = turns_gone + ? WHERE id = ?"));
  return gone.bind(over).bind(room).run();
}

}  // namespace

Result<bool> has_rooms(Database& truth) {
  return NARU_TRY(truth.value("SELECT count(*) FROM sqlite_master WHERE name IN ('rooms', 'turns')")) == 2;
}

Status drop_from_rooms(Database& truth, const Traces& gone) {
  if (!NARU_TRY(has_rooms(truth))) return {};
  NARU_TRY(truth.execute("DELETE FROM turns WHERE answer NOT IN (SELECT id FROM answers)"));
  std::vector<std::int64_t> named;
  {
    Statement rows = NARU_TRY(truth.prepare("SELECT id, name FROM rooms"));
    while (NARU_TRY(rows.step())) {
      if (gone.is_in(rows.view(1))) named.push_back(rows.integer(0));
    }
  }
  for (const std::int64_t id : named) {
    Statement rename = NARU_TRY(truth.prepare("UPDATE rooms SET name = 'room-' || id WHERE id = ?"));
    NARU_TRY(rename.bind(id).run());
  }
  return {};
}

Json room_to_json(const RoomInfo& room) {
  return {{"room", room.name},
          {"turns", room.turns},
          {"turns_gone", room.turns_gone},
          {"created_ms", room.created_ms},
          {"used_ms", room.used_ms}};
}

Json turn_to_json(const RoomTurn& turn) {
  return {{"turn", turn.number}, {"asked_ms", turn.asked_ms}, {"question", turn.question}, {"answer", turn.answer}};
}

Result<std::vector<RoomInfo>> Rooms::list(const Principal& principal) const {
  std::vector<RoomInfo> rooms;
  const std::unique_ptr<Database> truth = NARU_TRY(open_to_read(paths_));
  if (!truth) return rooms;
  Statement rows =
      NARU_TRY(truth->prepare(fmt::format("{} WHERE person = ? ORDER BY used_ms DESC, id DESC", kRoomColumns)));
  rows.bind(person_of(principal));
  while (NARU_TRY(rows.step())) rooms.push_back(read_room(rows));
  return rooms;
}

Result<RoomInfo> Rooms::find(const Principal& principal, const std::string& name) const {
  const std::unique_ptr<Database> truth = NARU_TRY(open_to_read(paths_));
  if (!truth) return no_room(name);
  return find_room(*truth, principal, name);
}

Result<RoomInfo> Rooms::make(const Principal& principal, const std::string& given) {
  const std::string name = NARU_TRY(checked_name(given));
  const std::unique_ptr<Database> truth = NARU_TRY(open_to_write(paths_));
  const auto transaction = NARU_TRY(Transaction::begin(*truth));
  if (find_room(*truth, principal, name)) {
    return Error(Code::already_exists, fmt::format("there is a room \"{}\" already", name));
  }
  Statement count = NARU_TRY(truth->prepare("SELECT count(*) FROM rooms WHERE person = ?"));
  count.bind(person_of(principal));
  NARU_TRY(count.step());
  if (count.integer(0) >= static_cast<std::int64_t>(kRoomsMax)) {
    return Error(Code::limit_exceeded,
                 fmt::format("there are {} rooms already; `naru rooms forget` takes one away", kRoomsMax));
  }
  const std::int64_t now = system_clock().unix_ms();
  Statement put = NARU_TRY(truth->prepare("INSERT INTO rooms(person, name, created_ms, used_ms) VALUES (?, ?, ?, ?)"));
  NARU_TRY(put.bind(person_of(principal)).bind(name).bind(now).bind(now).run());
  RoomInfo room = NARU_TRY(find_room(*truth, principal, name));
  NARU_TRY(transaction->commit());
  return room;
}

Result<RoomInfo> Rooms::find_or_make(const Principal& principal, const std::string& name) {
  Result<RoomInfo> room = find(principal, name);
  if (room || room.error().code() != Code::not_found) return room;
  room = make(principal, name);
  if (room || room.error().code() != Code::already_exists) return room;
  return find(principal, name);  // another was quicker
}

Result<RoomInfo> Rooms::rename(const Principal& principal, const std::string& from, const std::string& to) {
  const std::string name = NARU_TRY(checked_name(to));
  const std::unique_ptr<Database> truth = NARU_TRY(open_to_write(paths_));
  const auto transaction = NARU_TRY(Transaction::begin(*truth));
  RoomInfo room = NARU_TRY(find_room(*truth, principal, from));
  const Result<RoomInfo> taken = find_room(*truth, principal, name);
  if (taken && taken->id != room.id) {
    return Error(Code::already_exists, fmt::format("there is a room \"{}\" already", name));
  }
  Statement put = NARU_TRY(truth->prepare("UPDATE rooms SET name = ? WHERE id = ?"));
  NARU_TRY(put.bind(name).bind(room.id).run());
  NARU_TRY(transaction->commit());
  room.name = name;
  return room;
}

Result<std::uint64_t> Rooms::forget(const Principal& principal, const std::string& name) {
  const std::unique_ptr<Database> truth = NARU_TRY(open_to_write(paths_));
  RoomInfo room;
  {
    const auto transaction = NARU_TRY(Transaction::begin(*truth));
    room = NARU_TRY(find_room(*truth, principal, name));
    for (const char* sql : {"DELETE FROM answers WHERE id IN (SELECT answer FROM turns WHERE room = ?)",
                            "DELETE FROM turns WHERE room = ?", "DELETE FROM rooms WHERE id = ?"}) {
      Statement drop = NARU_TRY(truth->prepare(sql));
      NARU_TRY(drop.bind(room.id).run());
    }
    NARU_TRY(transaction->commit());
  }
  // What was said leaves the log too; where somebody reads just now, the next one who writes empties it.
  if (const Status emptied = truth->truncate_log(); !emptied && emptied.error().code() != Code::timeout) {
    return emptied.error();
  }
  return room.turns;
}

Result<std::vector<RoomTurn>> Rooms::turns(const Principal& principal, const std::string& name, std::size_t count,
                                           std::optional<std::int64_t> before) const {
  const std::unique_ptr<Database> truth = NARU_TRY(open_to_read(paths_));
  if (!truth) return no_room(name);
  const auto read = NARU_TRY(Transaction::begin(*truth, "BEGIN"));
  const RoomInfo room = NARU_TRY(find_room(*truth, principal, name));
  Statement rows = NARU_TRY(truth->prepare(
      "SELECT id, asked_ms, answer FROM turns WHERE room = ? AND id < ? ORDER BY id DESC LIMIT ?"));
  rows.bind(room.id).bind(before.value_or(INT64_MAX)).bind(static_cast<std::int64_t>(count));
  std::vector<RoomTurn> turns;
  while (NARU_TRY(rows.step())) {
    std::optional<KeptAnswer> kept = NARU_TRY(read_answer(*truth, rows.text(2), principal));
    if (!kept) continue;  // forgotten with its document
    RoomTurn turn{rows.integer(0), rows.integer(1), "", nullptr};
    if (kept->json.contains("question") && kept->json["question"].is_string()) turn.question = kept->json["question"];
    if (kept->readable) turn.answer = std::move(kept->json);
    turns.push_back(std::move(turn));
  }
  std::reverse(turns.begin(), turns.end());
  return turns;
}

Result<bool> Rooms::add_turn(const Principal& principal, std::int64_t room, const std::string& answer_id) {
  const std::unique_ptr<Database> truth = NARU_TRY(open_to_write(paths_));
  const auto transaction = NARU_TRY(Transaction::begin(*truth));
  const std::int64_t now = system_clock().unix_ms();
  {
    Statement used = NARU_TRY(truth->prepare(
        "UPDATE rooms SET used_ms = ? WHERE id = ? AND person = ? AND EXISTS (SELECT 1 FROM answers WHERE id = ?) "
        "RETURNING id"));
    used.bind(now).bind(room).bind(person_of(principal)).bind(answer_id);
    if (!NARU_TRY(used.step())) return false;
  }
  {
    Statement put = NARU_TRY(truth->prepare("INSERT INTO turns(room, answer, asked_ms) VALUES (?, ?, ?)"));
    NARU_TRY(put.bind(room).bind(answer_id).bind(now).run());
  }
  NARU_TRY(drop_oldest(*truth, room));
  NARU_TRY(transaction->commit());
  return true;
}

}  // namespace naru
