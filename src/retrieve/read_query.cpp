#include "retrieve/read_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "text/unicode.h"

namespace naru {

namespace {

void add_term(std::vector<QueryTerm>& terms, QueryTerm added) {
  const bool known = std::any_of(terms.begin(), terms.end(), [&](const QueryTerm& term) {
    return term.term == added.term && term.field == added.field;
  });
  if (!known) terms.push_back(std::move(added));
}

// The words that fronts stand for become terms; those that are there already are left alone.
Status add_prefix_terms(Query& query, const std::vector<std::string>& prefixes) {
  for (const std::string& prefix : prefixes) {
    std::map<std::string, std::uint64_t> counts;
    for (const auto& [name, snapshot] : query.bases) {
      std::map<std::string, std::uint64_t> here;  // a word may be found from two fronts
      for (const std::string& front : prefix_ranges(prefix)) {
        const auto wanted = [&](std::string_view term) { return term_begins_with(term, prefix); };
        const std::vector<WordCount> found = NARU_TRY(snapshot->find_words(front, wanted));
        for (const WordCount& word : found) here[word.term] = word.rows;
      }
      for (const auto& [word, rows] : here) counts[word] += rows;
    }
    std::vector<std::pair<std::string, std::uint64_t>> words(counts.begin(), counts.end());
    std::stable_sort(words.begin(), words.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    if (words.size() > kPrefixTermsMax) {
      query.notes.push_back(
          {NoteKind::many_words, {std::to_string(words.size()), prefix, std::to_string(kPrefixTermsMax)}});
      words.resize(kPrefixTermsMax);
    }
    for (const auto& [word, rows] : words) add_term(query.terms, {word, 1.0F});
  }
  return {};
}

// The same terms where they stand in the title, a heading or the name of the file.
void add_field_terms(Query& query, const FieldWeights& fields) {
  const std::size_t in_text = query.terms.size();
  for (const auto& [field, weight] : {std::pair(Field::title, fields.title), std::pair(Field::heading, fields.heading),
                                      std::pair(Field::name, fields.file)}) {
    for (std::size_t i = 0; i < in_text && weight > 0; ++i) {
      query.terms.push_back({query.terms[i].term, query.terms[i].weight * weight, field});
    }
  }
}

// The conditions of a query become rows. One that gives way does so where no visible row meets it.
Status apply_conditions(Query& query, std::vector<QueryCondition> conditions) {
  for (QueryCondition& condition : conditions) {
    std::vector<RowMask> masks;
    std::uint64_t rows = 0;
    for (const auto& [name, snapshot] : query.bases) {
      masks.push_back(NARU_TRY_AT(snapshot->rows_where(condition.node), "knowledge base " + name));
      rows += masks.back().count();
    }
    const bool gives_way = rows == 0 && condition.gives_way;
    query.conditions.push_back({std::move(condition), rows, gives_way});
    const QueryNode& node = query.conditions.back().condition.node;
    if (gives_way) {
      query.notes.push_back({NoteKind::phrase_gave_way, {node.text}});
      continue;
    }
    query.asks = query.asks || node.kind != QueryNode::Kind::none;
    if (query.masks.empty()) {
      query.masks = std::move(masks);
    } else {
      for (std::size_t base = 0; base < masks.size(); ++base) query.masks[base].intersect(masks[base]);
    }
  }
  return {};
}

void stress_terms(Query& query, const std::string& words) {
  for (const QueryTerm& stressed : analyze_query(words)) {
    for (QueryTerm& term : query.terms) {
      if (term.term == stressed.term) term.weight *= kStressWeight;
    }
  }
}

// Statistics over all asked knowledge bases together, so that N of them score as one.
Status gather_statistics(Query& query) {
  query.statistics.document_frequency.assign(query.terms.size(), 0);
  for (const auto& [name, snapshot] : query.bases) {
    const TermStatistics part = NARU_TRY_AT(snapshot->statistics(query.terms), "knowledge base " + name);
    query.statistics.rows += part.rows;
    for (std::size_t f = 0; f < kFields; ++f) query.statistics.total_length[f] += part.total_length[f];
    for (std::size_t i = 0; i < query.terms.size(); ++i) {
      query.statistics.document_frequency[i] += part.document_frequency[i];
    }
  }
  return {};
}

}  // namespace

bool Query::says_something() const { return !fold_white_space(plain).empty(); }

Result<Query> read_query(const std::vector<NamedSnapshot>& bases, const SearchRequest& request,
                         const WordLists* words, const FieldWeights& fields) {
  Query query{bases, {}, {}, 0, {}, {}, {}, {}, {}, false, false, {}, {}, {}};
  ParsedQuery parsed;
  if (request.reading == QueryReading::syntax) {
    parsed = NARU_TRY(parse_query(request.query));
    query.notes = std::move(parsed.notes);
  } else {
    parsed.plain = request.query;
  }
  if (request.repair) {
    query.repairs = NARU_TRY(repair_query(bases, parsed, words));
    for (const Repair& repair : query.repairs) query.notes.push_back(repair_note(repair));
  }
  query.plain = std::move(parsed.plain);
  query.terms = analyze_query(words != nullptr ? words->without_stop_words(query.plain) : query.plain);
  if (!request.stress.empty()) stress_terms(query, request.stress);
  query.typed_terms = query.terms.size();
  if (words != nullptr) {
    query.synonyms = words->expand(query.plain, query.terms);
    for (QueryCondition& condition : parsed.conditions) words->widen(condition.node);
  }
  if (query.terms.size() > kQueryTermsMax) {
    return Error(Code::invalid_argument, fmt::format("the query has {} terms; at most {} are taken", query.terms.size(),
                                                     kQueryTermsMax));
  }
  NARU_TRY(add_prefix_terms(query, parsed.prefixes));
  add_field_terms(query, fields);
  NARU_TRY(apply_conditions(query, std::move(parsed.conditions)));
  query.names_words = query.asks || !parsed.prefixes.empty();
  if (!query.says_something()) {
    query.notes.push_back({NoteKind::names_nothing});
  }
  NARU_TRY(gather_statistics(query));
  return query;
}

}  // namespace naru
