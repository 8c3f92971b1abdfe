// What fusion chooses from: for every question the candidates of both legs with their exact scores.
//
// usage: bench_candidates STORE EMBEDDER QUESTIONS.jsonl OUT.jsonl
// Each line of OUT: {"_id","candidates":[[doc, lexical, vector], ...],"terms_weight","terms_known"}, one candidate a
// chunk; the last two are the sums of the query's idf weights, of all terms and of those that stand anywhere.
#include <cmath>
#include <cstdlib>

#include "model/open.h"
#include "questions.h"
#include "retrieve/retriever.h"
#include "store/store.h"

namespace naru {

namespace {

// As `naru search` and `naru eval retrieval` gather them: 100 a leg, so at most 200 together.
constexpr std::size_t kCandidates = 200;

Status run(const std::vector<std::string>& words) {
  const std::unique_ptr<Store> store = NARU_TRY(Store::open(words[1], Access::read));
  const std::unique_ptr<Embedder> embedder = NARU_TRY(open_embedder(model_named(words[2])));
  Retriever retriever(*store, embedder.get(), {});
  std::string lines;
  for (const BenchQuestion& question : NARU_TRY(read_questions(words[3]))) {
    SearchRequest request;
    request.query = question.text;
    request.k = kCandidates;
    const SearchResult found = NARU_TRY(retriever.search(request, Principal::owner(), {}));
    Json candidates = Json::array();
    for (const Hit& hit : found.hits) {
      candidates.push_back({hit.chunk.doc, hit.lexical.value_or(0), hit.vector.value_or(0)});
    }
    double all = 0, known = 0;
    const double rows = static_cast<double>(found.rows);
    for (const TermShare& term : found.terms) {
      const double frequency = static_cast<double>(term.document_frequency);
      const double weight = term.weight * std::log(1 + (rows - frequency + 0.5) / (frequency + 0.5));
      all += weight;
      if (term.document_frequency > 0) known += weight;
    }
    lines += to_line(Json{{"_id", question.id},
                          {"candidates", std::move(candidates)},
                          {"terms_weight", all},
                          {"terms_known", known}}) +
             "\n";
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
