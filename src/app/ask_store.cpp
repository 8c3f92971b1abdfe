#include "app/ask_store.h"

#include "generate/prompt.h"
#include "generate/question.h"

namespace naru {

namespace {

// More than any budget of tokens has room for.
constexpr std::size_t kTurnsRead = 100;

// What was said in a room, of what its person may read today; a question as it was understood then.
Result<std::vector<PastTurn>> history_of(const Rooms& rooms, const Principal& principal, const std::string& room) {
  std::vector<PastTurn> history;
  const std::vector<RoomTurn> turns = NARU_TRY(rooms.turns(principal, room, kTurnsRead));
  for (const RoomTurn& turn : turns) {
    if (!turn.answer.is_object()) continue;
    const std::string rewritten = text_at(turn.answer, "question_rewritten");
    const bool refused = turn.answer.value("refused", false);
    history.push_back({rewritten.empty() ? turn.question : rewritten, refused ? "" : text_at(turn.answer, "answer")});
  }
  return history;
}

// The answer was given: that it could not be kept is a note.
void keep(const AskSetting& setting, const Answer& answer, const std::optional<RoomInfo>& room,
          const Principal& principal, Rooms& rooms) {
  const Status kept = setting.store.put_answer(answer.id, answer_to_json(answer));
  if (!kept) return setting.note("the answer could not be kept for `naru why`: " + kept.error().describe());
  if (!room) return;
  const Result<bool> added = rooms.add_turn(principal, room->id, answer.id);
  if (!added) return setting.note("the answer could not be kept in its room: " + added.error().describe());
  if (!*added) setting.note("the answer is not in its room: the room, or what was cited, was forgotten meanwhile");
}

}  // namespace

Result<Answer> ask_store(const AskSetting& setting, AskRequest request, const std::optional<std::string>& room_name,
                         const Principal& principal, const AskEvents& events, std::stop_token stop) {
  request.model_may_refuse = setting.config.chat && setting.config.chat->kind == ModelSpec::Kind::openai;
  Rooms rooms(setting.config.store);
  std::optional<RoomInfo> room;
  if (room_name) {
    room = NARU_TRY(rooms.find_or_make(principal, *room_name));
    request.history = NARU_TRY(history_of(rooms, principal, *room_name));
  }
  Answerer answerer(setting.store, *setting.searcher.retriever, setting.open_generator, setting.searcher.embedder);
  Answer answer = NARU_TRY(answerer.ask(request, principal, events, stop));
  keep(setting, answer, room, principal, rooms);
  return answer;
}

Answer refuse_unasked(const AskRequest& request) {
  Answer answer;
  answer.question = request.question;
  answer.language = question_language(request.question);
  answer.text = refusal_text(answer.language);
  answer.refused = true;
  return answer;
}

}  // namespace naru
