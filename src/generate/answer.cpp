#include "generate/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "generate/answer_text.h"
#include "generate/prompt.h"
#include "retrieve/word_list_json.h"
#include "runtime/clock.h"
#include "runtime/random.h"
#include "runtime/trace.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::array<std::string_view, 3> kMethods = {"model", "extract", "refusal"};

constexpr PackOptions kPack;

// Hits that are looked at: twice the passages at first, more only where equal chunks crowd out the others.
constexpr std::size_t kHitsFirst = 12;
constexpr std::size_t kHitsLast = 400;

constexpr std::size_t kExtractSentences = 3;
constexpr std::uint32_t kAnswerTokensMax = 220;

// Sentences whose meaning is compared with the question's: a second of work for the default embedder on one thread.
constexpr std::size_t kEmbeddedSentencesMax = 40;
constexpr std::size_t kEmbeddedPerPassage = 8;

// A further sentence joins an extracted answer when it scores nearly as well as the best; a model's sentence is shown
// when the span it rests on does.
constexpr double kExtractNear = 0.8;
constexpr double kModelNear = 0.95;

// Sentences of a passage that are worth comparing: the ones that have most of the question's words, then the first
// ones.
std::vector<Sentence*> likely_sentences(Passage& passage) {
  std::vector<std::pair<double, Sentence*>> scored;
  for (Sentence& sentence : passage.sentences) {
    if (!sentence.heading) scored.emplace_back(sentence.coverage, &sentence);
  }
  std::stable_sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  if (scored.size() > kEmbeddedPerPassage) scored.resize(kEmbeddedPerPassage);
  std::vector<Sentence*> sentences;
  for (const auto& [score, sentence] : scored) sentences.push_back(sentence);
  return sentences;
}

// The heading under which a sentence stands says what it is about.
std::string title_above(const Passage& passage, const Sentence& sentence) {
  std::string title = passage.hit.chunk.heading_path.empty() ? "" : passage.hit.chunk.heading_path.back();
  for (const Sentence& other : passage.sentences) {
    if (other.start >= sentence.start) break;
    if (other.heading) title = other.text;
  }
  return title;
}

// What a sentence's cosine with the question is.
Status embed_sentences(Embedder& embedder, Answer& answer, std::stop_token stop) {
  const Span span("Embedder::embed");
  std::vector<std::string> texts;
  std::vector<Sentence*> places;
  for (Passage& passage : answer.evidence) {
    for (Sentence& sentence : passage.sentences) sentence.similarity = kCosineFloor;
    for (Sentence* sentence : likely_sentences(passage)) {
      if (texts.size() >= kEmbeddedSentencesMax) break;
      const std::string title = title_above(passage, *sentence);
      texts.push_back(title.empty() ? sentence->text : title + "\n" + sentence->text);
      places.push_back(sentence);
    }
  }
  if (texts.empty()) return {};
  const std::array<std::string, 1> query = {answer.asked};
  const std::vector<std::vector<float>> asked = NARU_TRY(embedder.embed(query, TextRole::query, stop));
  const std::vector<std::vector<float>> vectors = NARU_TRY(embedder.embed(texts, TextRole::passage, stop));
  for (std::size_t i = 0; i < places.size(); ++i) {
    double sum = 0;
    for (std::size_t d = 0; d < vectors[i].size(); ++d) sum += static_cast<double>(vectors[i][d]) * asked[0][d];
    places[i]->similarity = sum;
  }
  return {};
}

// The documents' own sentences, in the order in which they stand.
void answer_from_sentences(std::vector<Extract> best, Answer& answer, AnswerText& text) {
  if (best.empty()) return;
  const double needed = best.front().score * kExtractNear;
  std::erase_if(best, [&](const Extract& extract) { return extract.score < needed; });
  std::stable_sort(best.begin(), best.end(), [](const Extract& a, const Extract& b) {
    return std::pair(a.passage, a.sentence) < std::pair(b.passage, b.sentence);
  });
  answer.method = Method::extract;
  for (const Extract& extract : best) {
    const Sentence& sentence = answer.evidence[extract.passage].sentences[extract.sentence];
    text.add(sentence.text, {extract.passage, extract.sentence, extract.sentence + 1, 1.0});
  }
}

enum class ModelSaid : std::uint8_t { something, nothing, no_answer };

// Asks the model and lets through what is supported. A model that fails is a note, not an error: the documents are
// there.
Result<ModelSaid> answer_from_model(Generator& generator, double needed, const QuestionTerms& terms, Answer& answer,
                                    AnswerText& text, std::stop_token stop) {
  GenerateRequest request;
  request.messages = build_prompt(answer.asked, answer.evidence, answer.language);
  request.max_tokens = kAnswerTokensMax;
  request.question = answer.asked;
  for (const Passage& passage : answer.evidence) {
    if (passage.first < passage.last) request.passages.push_back(passage.text());
  }
  CheckedStream stream(answer, text, terms, needed);
  answer.model = generator.info().name;
  Span span("Generator::generate");
  Result<Generation> generation =
      generator.generate(request, [&](std::string_view piece) { return stream.take(piece); }, stop);
  if (generation) span.value("completion_tokens", generation->completion_tokens);
  if (!generation) {
    if (generation.error().code() == Code::cancelled || stop.stop_requested()) return std::move(generation).error();
    answer.notes.push_back({NoteKind::model_fails, {generation.error().message()}});
    return stream.shown() ? ModelSaid::something : ModelSaid::nothing;
  }
  stream.finish(generation->finish_reason == "length" ? CheckedStream::Ending::cut_short
                                                      : CheckedStream::Ending::whole);
  answer.prompt_tokens += generation->prompt_tokens;
  answer.completion_tokens += generation->completion_tokens;
  answer.cached_tokens += generation->cached_tokens;
  if (stream.shown()) return ModelSaid::something;
  return stream.said_no_answer() && stream.held() == 0 ? ModelSaid::no_answer : ModelSaid::nothing;
}

void note_dropped(Answer& answer) {
  if (answer.dropped == 0) return;
  if (answer.dropped == 1) return answer.notes.push_back({NoteKind::sentence_left_out});
  answer.notes.push_back({NoteKind::sentences_left_out, {std::to_string(answer.dropped)}});
}

Status locate_quotes(Store& store, const Principal& principal, std::optional<std::uint64_t> as_of, Answer& answer) {
  std::map<std::pair<std::string, std::string>, Result<DocumentView>> documents;
  for (Citation& citation : answer.citations) {
    const std::pair key(citation.knowledge_base, citation.doc);
    auto it = documents.find(key);
    if (it == documents.end()) {
      const auto snapshot = NARU_TRY(store.open_snapshot(citation.knowledge_base, principal, nullptr, as_of));
      it = documents.emplace(key, snapshot->document(citation.doc)).first;
    }
    // A document that changed since the search keeps the locator of its chunk.
    if (it->second && it->second->version == citation.version) locate_quote(*it->second, citation);
  }
  return {};
}

}  // namespace

std::string_view method_name(Method method) { return kMethods[static_cast<std::size_t>(method)]; }

Result<Answer> Answerer::ask(const AskRequest& request, const Principal& principal, const AskEvents& events,
                             std::stop_token stop) {
  Span span("Answerer::ask");
  const Clock& clock = system_clock();
  const std::int64_t start = clock.monotonic_ns();
  Answer answer;
  answer.id = "a-" + random_hex(8);
  answer.question = nfc(fold_white_space(request.question));
  answer.language = question_language(answer.question);
  NARU_TRY(understand(request, principal, events, stop, answer));
  answer.rewrite_ms = elapsed_ms(start, clock.monotonic_ns());
  if (answer.history && events.on_understood) events.on_understood(answer);
  const QuestionTerms terms = NARU_TRY(gather_evidence(request, principal, stop, answer));
  answer.retrieve_ms = elapsed_ms(start, clock.monotonic_ns()) - answer.rewrite_ms;
  if (events.on_evidence) events.on_evidence(answer.evidence);

  AnswerText text(answer, events, clock, start);
  if (answer.strength.score >= kEvidenceMin) NARU_TRY(write_answer(request, terms, stop, answer, text));
  if (answer.citations.empty()) {
    answer.refused = true;
    answer.text = refusal_text(answer.language);
    if (events.on_text) events.on_text(answer.text);
  }
  NARU_TRY(locate_quotes(store_, principal, request.as_of, answer));
  answer.total_ms = elapsed_ms(start, clock.monotonic_ns());
  span.value("method", std::string(method_name(answer.method)));
  span.value("citations", answer.citations.size());
  return answer;
}

Status Answerer::understand(const AskRequest& request, const Principal& principal, const AskEvents& events,
                            std::stop_token stop, Answer& answer) {
  answer.asked = answer.question;
  if (request.history.empty()) return {};
  const History history = fit_history(request.history);
  answer.history = HistoryUse{history.turns.size(), history.dropped};
  if (!may_follow_up(answer.question)) return {};
  const auto take = [&](const FollowUp& follow_up) {
    answer.asked = follow_up.question;
    answer.understood = follow_up.how;
    answer.prompt_tokens += follow_up.prompt_tokens;
    answer.completion_tokens += follow_up.completion_tokens;
    answer.cached_tokens += follow_up.cached_tokens;
  };
  take(NARU_TRY(resolve_follow_up(answer.question, history, nullptr, stop)));
  if (!may_ask_model(request)) return {};
  // A model takes seconds to rewrite a question. What is found without it is there at once, and often what is meant.
  if (events.on_understood) events.on_understood(answer);
  if (events.on_evidence) {
    NARU_TRY(find_passages(request, principal, stop, answer));
    events.on_evidence(answer.evidence);
  }
  take(NARU_TRY(resolve_follow_up(answer.question, history, generator(request), stop)));
  return {};
}

// By words and meaning of the whole passages.
Result<SearchResult> Answerer::find_passages(const AskRequest& request, const Principal& principal,
                                             std::stop_token stop, Answer& answer) {
  SearchRequest search;
  search.query = answer.asked;
  // What was asked before only says what this is about: a passage about that alone is none for this question.
  if (answer.understood == Understood::joined) search.stress = answer.question;
  search.knowledge_base = request.knowledge_base;
  search.filter = request.filter;
  search.as_of = request.as_of;
  SearchResult found;
  for (search.k = kHitsFirst;; search.k = std::min(search.k * 4, kHitsLast)) {
    found = NARU_TRY(retriever_.search(search, principal, stop));
    answer.evidence = choose_passages(found.hits, QuestionTerms(answer.asked, found.terms, found.rows), kPack);
    const bool enough = answer.evidence.size() >= kPack.passages_max || found.hits.size() < search.k;
    if (enough || search.k == kHitsLast) break;
  }
  return found;
}

// The passages, in the order of their best sentences.
Result<QuestionTerms> Answerer::gather_evidence(const AskRequest& request, const Principal& principal,
                                                std::stop_token stop, Answer& answer) {
  const SearchResult found = NARU_TRY(find_passages(request, principal, stop, answer));
  answer.epoch = found.epoch;
  answer.notes = found.notes;
  answer.word_lists = found.word_lists;
  const bool meaning = embedder_ != nullptr && embedder_->info().name != "stub" && found.leg == Leg::hybrid;
  if (meaning) NARU_TRY(embed_sentences(*embedder_, answer, stop));
  rerank(answer.evidence);
  QuestionTerms terms(answer.asked, found.terms, found.rows);
  answer.strength = judge_evidence(terms, answer.evidence, meaning);
  return terms;
}

Status Answerer::write_answer(const AskRequest& request, const QuestionTerms& terms, std::stop_token stop,
                              Answer& answer, AnswerText& text) {
  const std::vector<Extract> best = extract_sentences(answer.evidence, kExtractSentences);
  Generator* const model = generator(request);
  if (model != nullptr) {
    pack_context(
        answer.evidence, [](const Passage& passage, std::size_t s) { return score_sentence(passage, 0, s); },
        [&](std::string_view piece) { return model->count_tokens(piece); }, kPack);
    const double needed = best.empty() ? 0 : best.front().score * kModelNear;
    const ModelSaid said = NARU_TRY(answer_from_model(*model, needed, terms, answer, text, stop));
    note_dropped(answer);
    if (said == ModelSaid::something) {
      answer.method = Method::model;
      return {};
    }
    const bool sure = answer.strength.score >= kEvidenceSure;
    if (said == ModelSaid::no_answer && request.model_may_refuse && !sure) return {};
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
    if (said == ModelSaid::no_answer) {
      answer.notes.push_back({NoteKind::model_finds_nothing});
    }
    answer.notes.push_back({NoteKind::own_sentences});
  }
  answer_from_sentences(best, answer, text);
  return {};
}

Json evidence_to_json(const Passage& passage) {
  const ChunkView& chunk = passage.hit.chunk;
  Json scores = Json::object();  // as `search` prints them
  if (passage.hit.lexical) scores["lexical"] = *passage.hit.lexical;
  if (passage.hit.vector) scores["vector"] = *passage.hit.vector;
  return {{"kb", chunk.knowledge_base},
          {"doc", chunk.doc},
          {"chunk", chunk.number},
          {"text", chunk.text},
          {"score", passage.hit.score},
          {"scores", std::move(scores)},
          {"locator", locator_to_json(chunk.locator, chunk.doc)},
          {"also_in", passage.also_in}};
}

Json understood_to_json(const Answer& answer) {
  Json json = Json::object();
  if (!answer.history) return json;
  json["history"] = {{"turns_kept", answer.history->turns_kept}, {"turns_dropped", answer.history->turns_dropped}};
  if (answer.understood == Understood::alone) return json;
  json["question_rewritten"] = answer.asked;
  json["rewritten_by"] = answer.understood == Understood::model ? "model" : "joined";
  return json;
}

Json answer_to_json(const Answer& answer) {
  Json citations = Json::array();
  for (const Citation& citation : answer.citations) citations.push_back(citation_to_json(citation));
  Json evidence = Json::array();
  for (const Passage& passage : answer.evidence) evidence.push_back(evidence_to_json(passage));
  const EvidenceStrength& strength = answer.strength;
  Json json = {
      {"answer_id", answer.id},
      {"question", answer.question},
      {"answer", answer.text},
      {"refused", answer.refused},
      {"language", answer.language},
      {"method", std::string(method_name(answer.method))},
      {"model", answer.model},
      {"citations", std::move(citations)},
      {"evidence", std::move(evidence)},
      {"evidence_strength",
       {{"score", strength.score},
        {"coverage", strength.coverage},
        {"sentence", strength.sentence},
        {"cosine", strength.cosine},
        {"nearest", strength.nearest}}},
      {"dropped", answer.dropped},
      {"dropped_sentences", answer.dropped_sentences},
      {"notes", note_texts(answer.notes, answer.language)},
      {"note_kinds", notes_to_json(answer.notes)},
      {"word_lists", word_lists_to_json(answer.word_lists)},
      {"epoch", answer.epoch},
      {"usage",
       {{"prompt_tokens", answer.prompt_tokens},
        {"completion_tokens", answer.completion_tokens},
        {"cached_tokens", answer.cached_tokens}}},
      {"ms",
       {{"rewrite", answer.rewrite_ms},
        {"retrieve", answer.retrieve_ms},
        {"first_token", answer.first_token_ms},
        {"total", answer.total_ms}}}};
  json.update(understood_to_json(answer));
  return json;
}

}  // namespace naru
