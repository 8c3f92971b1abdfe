// Rooms: conversations that are kept. A room has a name and turns; a turn is an answer that was kept, in its order.
//
// A room belongs to whoever made it, and nobody else learns that it is there: not even the owner of the store, who has
// rooms of their own. Lies in truth.db, so that one transaction forgets a document with what was said of it, and a
// backup has both (docs/decisions/0022-rooms.md). Written by whoever asks, beside a writer if need be. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "naru/record.h"
#include "naru/result.h"
#include "store/traces.h"
#include "store/truth.h"

namespace naru {

// Of one person: a list that a page can show, and no way to fill the disk with names.
inline constexpr std::size_t kRoomsMax = 1000;
// Of one room; the oldest go then, which RoomInfo::turns_gone says.
inline constexpr std::size_t kTurnsKept = 500;
inline constexpr std::size_t kRoomNameBytesMax = 200;

struct RoomInfo {
  std::int64_t id = 0;  // stays when the name changes
  std::string name;
  std::int64_t created_ms = 0, used_ms = 0;
  std::uint64_t turns = 0, turns_gone = 0;
};

struct RoomTurn {
  std::int64_t number = 0;  // grows with time; not from 1
  std::int64_t asked_ms = 0;
  std::string question;
  Json answer;  // as `naru ask --json` said it; null: it rests on what this principal may not read any more
};

Json room_to_json(const RoomInfo& room);  // {"room","turns","turns_gone","created_ms","used_ms"}
Json turn_to_json(const RoomTurn& turn);  // {"turn","asked_ms","question","answer"}

class Rooms {
 public:
  explicit Rooms(std::string store_folder) : paths_(std::move(store_folder)) {}

  Result<std::vector<RoomInfo>> list(const Principal& principal) const;  // the last used first
  // not_found: there is none of that name, or it is another's, which looks alike.
  Result<RoomInfo> find(const Principal& principal, const std::string& name) const;
  // invalid_argument: a bad name; already_exists; limit_exceeded; not_found: nothing has been taken in yet.
  Result<RoomInfo> make(const Principal& principal, const std::string& name);
  Result<RoomInfo> find_or_make(const Principal& principal, const std::string& name);
  Result<RoomInfo> rename(const Principal& principal, const std::string& from, const std::string& to);
  // With its turns and their answers; how many turns there were. not_found.
  Result<std::uint64_t> forget(const Principal& principal, const std::string& name);

  // The newest `count` turns that are older than the one numbered `before`, in their order. not_found.
  Result<std::vector<RoomTurn>> turns(const Principal& principal, const std::string& name, std::size_t count,
                                      std::optional<std::int64_t> before = std::nullopt) const;
  // A kept answer becomes the last turn of a room. false: the room or the answer is gone meanwhile.
  Result<bool> add_turn(const Principal& principal, std::int64_t room, const std::string& answer_id);

 private:
  const StorePaths paths_;
};

// ---- for the store ----

// Are the tables there? They are made with the first room.
Result<bool> has_rooms(Database& truth);
// Drops turns whose answers are gone. A room whose name holds what only a forgotten document held is called by its
// number from now on; its other turns stay.
Status drop_from_rooms(Database& truth, const Traces& gone);

}  // namespace naru
