#include "serve/room_api.h"

#include <charconv>

namespace naru {

namespace {

// A page shows these at once, and asks for older ones.
constexpr std::size_t kTurnsAPage = 50;

void send(Exchange& exchange, const Result<Json>& json) {
  exchange.reply.send(json ? json_response(*json) : failure(exchange, json.error()));
}

Result<std::string> needed(const Json& body, const char* name) {
  const std::optional<std::string> text = NARU_TRY(text_field(body, name));
  if (!text) return Error(Code::invalid_argument, std::string("`") + name + "` is missing");
  return *text;
}

Result<std::optional<std::int64_t>> turn_before(const HttpRequest& request) {
  const std::string* value = request.parameter("before");
  if (value == nullptr) return std::optional<std::int64_t>();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (error != std::errc() || end != value->data() + value->size()) {
    return Error(Code::invalid_argument, "`before` must be the number of a turn");
  }
  return std::optional(number);
}

Result<Json> rooms_of(Exchange& exchange) {
  Json listed = Json::array();
  const std::vector<RoomInfo> rooms = NARU_TRY(exchange.service.rooms().list(exchange.caller.principal));
  for (const RoomInfo& room : rooms) listed.push_back(room_to_json(room));
  return Json{{"rooms", std::move(listed)}};
}

// The room, and its last turns or those before one.
Result<Json> room_of(Exchange& exchange) {
  const std::string name = rest_of_path(exchange.request, "/api/rooms/");
  const std::optional<std::int64_t> before = NARU_TRY(turn_before(exchange.request));
  const Rooms rooms = exchange.service.rooms();
  Json json = room_to_json(NARU_TRY(rooms.find(exchange.caller.principal, name)));
  const auto turns = NARU_TRY(rooms.turns(exchange.caller.principal, name, kTurnsAPage, before));
  json["conversation"] = Json::array();
  for (const RoomTurn& turn : turns) json["conversation"].push_back(turn_to_json(turn));
  return json;
}

}  // namespace

void list_rooms(Exchange& exchange) { send(exchange, rooms_of(exchange)); }

void show_room(Exchange& exchange) { send(exchange, room_of(exchange)); }

void make_room(Exchange& exchange) {
  send(exchange, [&]() -> Result<Json> {
    const Json body = NARU_TRY(read_object(exchange.request));
    const std::string name = NARU_TRY(needed(body, "room"));
    return room_to_json(NARU_TRY(exchange.service.rooms().make(exchange.caller.principal, name)));
  }());
}

void rename_room(Exchange& exchange) {
  send(exchange, [&]() -> Result<Json> {
    const Json body = NARU_TRY(read_object(exchange.request));
    const std::string from = NARU_TRY(needed(body, "room")), to = NARU_TRY(needed(body, "name"));
    return room_to_json(NARU_TRY(exchange.service.rooms().rename(exchange.caller.principal, from, to)));
  }());
}

void forget_room(Exchange& exchange) {
  send(exchange, [&]() -> Result<Json> {
    const Json body = NARU_TRY(read_object(exchange.request));
    const std::string name = NARU_TRY(needed(body, "room"));
    const std::uint64_t turns = NARU_TRY(exchange.service.rooms().forget(exchange.caller.principal, name));
    return Json{{"room", name}, {"forgotten", true}, {"turns", turns}};
  }());
}

}  // namespace naru
