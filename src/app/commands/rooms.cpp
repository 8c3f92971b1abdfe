// naru rooms: conversations that `naru ask --room` keeps. Each person sees their own and learns of no other.
#include "store/rooms.h"

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/engine.h"

namespace naru {

namespace {

constexpr std::uint64_t kTurnsShown = 20;

struct ShowFlags {
  std::string name;
  std::optional<std::uint64_t> count;
};

Result<Rooms> opened(const Invocation& invocation) {
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  return Rooms(engine->config().store);
}

Result<int> ls(Invocation& invocation) {
  const Principal principal = NARU_TRY(invocation.principal());
  const Rooms rooms = NARU_TRY(opened(invocation));
  const std::vector<RoomInfo> all = NARU_TRY(rooms.list(principal));
  Output& output = invocation.output();
  for (const RoomInfo& room : all) {
    if (invocation.json()) {
      output.json(room_to_json(room));
    } else {
      output.line(without_control(fmt::format("{:<40} {:>4} turns, last {}", room.name, room.turns,
                                              utc_time(room.used_ms))));
    }
  }
  if (all.empty()) output.note("there are no rooms; `naru ask --room NAME QUESTION` makes one");
  return 0;
}

void print_turn(const RoomTurn& turn, Output& output) {
  output.line(output.toned(Tone::strong, without_control(turn.question)) + "  " +
              output.toned(Tone::faint, utc_time(turn.asked_ms)));
  if (!turn.answer.is_object()) {
    output.line("(the answer rests on documents that you may not read any more)");
    return output.line("");
  }
  const auto rewritten = turn.answer.find("question_rewritten");
  if (rewritten != turn.answer.end() && rewritten->is_string()) {
    output.line(output.toned(Tone::faint, without_control("understood as: " + rewritten->get<std::string>())));
  }
  output.line(without_control(turn.answer.value("answer", "")));
  output.line(output.toned(Tone::faint, without_control("naru why " + turn.answer.value("answer_id", ""))));
  output.line("");
}

Result<int> show(const ShowFlags& flags, Invocation& invocation) {
  const Principal principal = NARU_TRY(invocation.principal());
  const Rooms rooms = NARU_TRY(opened(invocation));
  const RoomInfo room = NARU_TRY(rooms.find(principal, flags.name));
  const std::vector<RoomTurn> turns =
      NARU_TRY(rooms.turns(principal, flags.name, flags.count.value_or(kTurnsShown)));
  Output& output = invocation.output();
  for (const RoomTurn& turn : turns) {
    if (invocation.json()) {
      output.json(turn_to_json(turn));
    } else {
      print_turn(turn, output);
    }
  }
  if (!invocation.json() && turns.size() < room.turns) {
    output.note(fmt::format("these are the last {} of {} turns; `-n` shows more", turns.size(), room.turns));
  }
  if (room.turns_gone > 0) {
    output.note(fmt::format("{} older turns are gone: a room keeps {}", room.turns_gone, kTurnsKept));
  }
  return 0;
}

Result<int> rename(const std::string& from, const std::string& to, Invocation& invocation) {
  const Principal principal = NARU_TRY(invocation.principal());
  Rooms rooms = NARU_TRY(opened(invocation));
  const RoomInfo room = NARU_TRY(rooms.rename(principal, from, to));
  if (invocation.json()) {
    invocation.output().json(room_to_json(room));
  } else {
    invocation.output().line(without_control(fmt::format("{} is {} now", from, room.name)));
  }
  return 0;
}

Result<int> forget(const std::string& name, Invocation& invocation) {
  const Principal principal = NARU_TRY(invocation.principal());
  Rooms rooms = NARU_TRY(opened(invocation));
  const std::uint64_t turns = NARU_TRY(rooms.forget(principal, name));
  if (invocation.json()) {
    invocation.output().json({{"room", name}, {"forgotten", true}, {"turns", turns}});
  } else {
    invocation.output().line(without_control(fmt::format("{} is gone, with {} turns", name, turns)));
  }
  return 0;
}

}  // namespace

void build_rooms_ls(Syntax& syntax) {
  syntax.example("naru rooms ls --json").runs([](Invocation& invocation) { return ls(invocation); });
}

void build_rooms_show(Syntax& syntax) {
  const auto flags = std::make_shared<ShowFlags>();
  syntax.argument("NAME", flags->name, "The room.", Need::required)
      .number("-n,--turns", "N", flags->count, 1, kTurnsKept, "How many of the last turns; 20 unless given.")
      .example("naru rooms show leave")
      .example("naru rooms show leave -n 100 --json")
      .runs([flags](Invocation& invocation) { return show(*flags, invocation); });
}

void build_rooms_rename(Syntax& syntax) {
  const auto from = std::make_shared<std::string>(), to = std::make_shared<std::string>();
  syntax.argument("NAME", *from, "The room.", Need::required)
      .argument("NEW", *to, "Its new name.", Need::required)
      .example("naru rooms rename leave \"annual leave\"")
      .runs([from, to](Invocation& invocation) { return rename(*from, *to, invocation); });
}

void build_rooms_forget(Syntax& syntax) {
  const auto name = std::make_shared<std::string>();
  syntax.argument("NAME", *name, "The room.", Need::required)
      .example("naru rooms forget leave")
      .runs([name](Invocation& invocation) { return forget(*name, invocation); });
}

}  // namespace naru
