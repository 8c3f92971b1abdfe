// Answers to many questions over one store, which is opened once: what `naru ask --json` prints, a line a question.
//
// Each line has beside it what sentences were weighed by: {"_id","sentences":[[passage, heading, coverage, before,
// around, similarity, text], ...]}.
//
// usage: bench_answers STORE EMBEDDER CHAT|none QUESTIONS.jsonl OUT.jsonl
// Lines are appended to OUT, each at once; questions that OUT answers already are not asked again.
#include <cstdlib>
#include <set>

#include "generate/answer.h"
#include "model/open.h"
#include "questions.h"
#include "retrieve/retriever.h"
#include "store/store.h"

namespace naru {

namespace {

Result<std::set<std::string>> answered(const std::string& path) {
  std::set<std::string> ids;
  if (!file_exists(path)) return ids;
  for (const BenchQuestion& line : NARU_TRY(read_questions(path))) ids.insert(line.id);
  return ids;
}

Json sentences_of_evidence(const Answer& answer) {
  Json sentences = Json::array();
  for (std::size_t p = 0; p < answer.evidence.size(); ++p) {
    for (const Sentence& s : answer.evidence[p].sentences) {
      sentences.push_back({p, s.heading, s.coverage, s.before, s.around, s.similarity, s.text});
    }
  }
  return sentences;
}

Status run(const std::vector<std::string>& words) {
  const std::unique_ptr<Store> store = NARU_TRY(Store::open(words[1], Access::read));
  const std::unique_ptr<Embedder> embedder = NARU_TRY(open_embedder(model_named(words[2])));
  std::unique_ptr<Generator> generator;
  if (words[3] != "none") generator = NARU_TRY(open_generator(model_named(words[3])));
  Retriever retriever(*store, embedder.get(), {});
  Answerer answerer(*store, retriever, generator.get(), embedder.get());
  const std::set<std::string> done = NARU_TRY(answered(words[5]));
  for (const BenchQuestion& question : NARU_TRY(read_questions(words[4]))) {
    if (done.contains(question.id)) continue;
    AskRequest request;
    request.question = question.text;
    const Answer answer = NARU_TRY(answerer.ask(request, Principal::owner(), {}, {}));
    Json json = answer_to_json(answer);
    json["_id"] = question.id;
    json["sentences"] = sentences_of_evidence(answer);
    NARU_TRY(append_file(words[5], to_line(json) + "\n"));
  }
  return {};
}

}  // namespace

}  // namespace naru

int main(int count, char** values) {
  const std::vector<std::string> words(values, values + count);
  if (words.size() != 6) return EXIT_FAILURE;
  const naru::Status done = naru::run(words);
  if (!done) naru::write_file(words[5] + ".error", done.error().describe() + "\n").has_value();
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
