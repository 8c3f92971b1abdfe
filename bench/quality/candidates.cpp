// What fusion chooses from: for every question the candidates of both legs with their exact scores.
//
// usage: bench_candidates STORE EMBEDDER QUESTIONS.jsonl OUT.jsonl
// Each line of OUT: {"_id","candidates":[[doc, lexical, vector], ...],"match"}, one candidate a chunk; `match` is how
// far the lexical leg is believed (retrieve/lexical_match.h).
#include <cstdlib>

#include "model/open.h"
#include "questions.h"
#include "retrieve/retriever.h"
#include "store/store.h"

namespace naru {

namespace {

Status run(const std::vector<std::string>& words) {
  const std::unique_ptr<Store> store = NARU_TRY(Store::open(words[1], Access::read));
  const std::unique_ptr<Embedder> embedder = NARU_TRY(open_embedder(model_named(words[2])));
  Retriever retriever(*store, embedder.get(), {});
  SearchRequest request;
  const PinnedBases pinned = NARU_TRY(retriever.pin(request, Principal::owner()));
  std::string lines;
  for (const BenchQuestion& question : NARU_TRY(read_questions(words[3]))) {
    request.query = question.text;
    const Gathered gathered = NARU_TRY(retriever.gather(pinned, request, {}));
    Json candidates = Json::array();
    for (const LegScores& candidate : gathered.candidates) {
      candidates.push_back({candidate.place.doc, candidate.lexical, candidate.vector});
    }
    Json line = {{"_id", question.id}, {"candidates", std::move(candidates)}, {"match", gathered.match}};
    lines += to_line(line) + "\n";
  }
  return write_file(words[4], lines);
}

}  // namespace

}  // namespace naru

int main(int count, char** values) {
  const std::vector<std::string> words(values, values + count);
  if (words.size() != 5) return EXIT_FAILURE;
  const naru::Status done = naru::run(words);
  if (!done) naru::write_file(words[4] + ".error", done.error().describe() + "\n").has_value();
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
