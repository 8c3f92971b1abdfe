#include "app/search_json.h"

#include "app/ranking.h"
#include "generate/citation.h"
#include "retrieve/word_list_json.h"
#include "retrieve/written.h"

namespace naru {

Json terms_to_json(const std::vector<TermShare>& terms) {
  Json list = Json::array();
  for (const TermShare& term : terms) {
    list.push_back({{"term", term.term}, {"weight", term.weight}, {"df", term.document_frequency},
                    {"score", term.score}});
  }
  return list;
}

namespace {

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json context_to_json(const ChunkContext& context) {
  return {{"first_chunk", context.first}, {"last_chunk", context.last}, {"text", context.text},
          {"start", context.start},       {"end", context.end},         {"whole", context.whole}};
}

Json hit_to_json(const Hit& hit, bool explain) {
  Json json = {{"rank", hit.rank},
               {"score", hit.score},
               {"kb", hit.chunk.knowledge_base},
               {"doc", hit.chunk.doc},
               {"chunk", hit.chunk.number},
               {"chunk_id", hit.chunk.chunk_id.hex()},
               {"title", hit.chunk.title},
               {"heading_path", hit.chunk.heading_path},
               {"text", hit.chunk.text},
               {"locator", locator_to_json(hit.chunk.locator, hit.chunk.doc)},
               {"version", hit.chunk.version.hex()},
               {"scores", {{"lexical", number_or_null(hit.lexical)}, {"vector", number_or_null(hit.vector)},
                           {"rerank", nullptr}}}};
  if (explain) json["terms"] = terms_to_json(hit.terms);
  if (!hit.equal.empty()) json["equal"] = hit.equal;
  if (hit.context) json["context"] = context_to_json(*hit.context);
  if (explain && hit.likeness) {
    json["diversity"] = {{"rank", hit.likeness->rank}, {"likeness", hit.likeness->to_those_above}};
  }
  return json;
}

// What was made of the query.
void add_reading(const SearchResult& result, Json& json) {
  json["plain"] = result.plain;
  json["conditions"] = Json::array();
  for (const ConditionShare& condition : result.conditions) {
    json["conditions"].push_back(
        {{"condition", condition.condition}, {"rows", condition.rows}, {"gave_way", condition.gave_way}});
  }
  json["synonyms"] = Json::array();
  for (const AppliedSynonym& synonym : result.synonyms) {
    json["synonyms"].push_back({{"typed", synonym.typed}, {"added", synonym.added}});
  }
}

Json place_to_json(const std::optional<LegPlace>& place) {
  if (!place) return nullptr;
  return {{"score", place->score}, {"rank", place->rank ? Json(*place->rank) : Json(nullptr)}};
}

}  // namespace

Json search_result_to_json(const SearchRequest& request, const SearchResult& result) {
  Json json = {{"query", request.query}, {"epoch", result.epoch}, {"ms", result.ms}, {"leg", leg_name(result.leg)},
               {"hits", Json::array()}, {"notes", note_texts(result.notes)},
               {"note_kinds", notes_to_json(result.notes)}, {"repairs", Json::array()},
               {"word_lists", word_lists_to_json(result.word_lists)}};
  for (const Repair& repair : result.repairs) {
    json["repairs"].push_back({{"kind", repair_name(repair.kind)}, {"typed", repair.typed}, {"used", repair.used}});
  }
  for (const Hit& hit : result.hits) json["hits"].push_back(hit_to_json(hit, request.explain));
  if (request.explain) {
    json["rows"] = result.rows;
    json["ranking"] = ranking_to_json({result.bm25, result.fields});
    json["terms"] = terms_to_json(result.terms);
    add_reading(result, json);
    if (result.leg == Leg::hybrid) {
      json["vector_weight"] = result.weights.vector;
      if (result.match) json["lexical_trust"] = *result.match;
    }
  }
  return json;
}

Json document_explanation_to_json(const DocumentExplanation& explained) {
  Json json = {{"kb", explained.knowledge_base},
               {"doc", explained.doc},
               {"rank", explained.rank ? Json(*explained.rank) : Json(nullptr)},
               {"reason", note_text(explained.reason)},
               {"reason_kind", note_to_json(explained.reason)},
               {"chunks", Json::array()}};
  for (const ChunkExplanation& chunk : explained.chunks) {
    json["chunks"].push_back({{"chunk", chunk.number},
                              {"lexical", place_to_json(chunk.lexical)},
                              {"vector", place_to_json(chunk.vector)},
                              {"fused", place_to_json(chunk.fused)},
                              {"terms", terms_to_json(chunk.terms)},
                              {"unmet", chunk.unmet}});
  }
  return json;
}

}  // namespace naru
