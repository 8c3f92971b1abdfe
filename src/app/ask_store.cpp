#include "app/ask_store.h"

#include "generate/prompt.h"
#include "generate/question.h"

namespace naru {

Result<Answer> ask_store(const AskSetting& setting, AskRequest request, const Principal& principal,
                         const AskEvents& events, std::stop_token stop) {
  request.model_may_refuse = setting.config.chat && setting.config.chat->kind == ModelSpec::Kind::openai;
  Answerer answerer(setting.store, *setting.searcher.retriever, setting.open_generator, setting.searcher.embedder);
  Answer answer = NARU_TRY(answerer.ask(request, principal, events, stop));
  if (const Status kept = setting.store.put_answer(answer.id, answer_to_json(answer)); !kept) {
    setting.note("the answer could not be kept for `naru why`: " + kept.error().describe());
  }
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
