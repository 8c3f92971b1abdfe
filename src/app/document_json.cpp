#include "app/document_json.h"

#include "record/children.h"
#include "record/json.h"

namespace naru {

Json document_head_to_json(const DocumentView& view) {
  return {{"kb", view.knowledge_base}, {"flow", view.flow}, {"doc", view.doc}, {"version", view.version.hex()}};
}

Json chunk_to_json(const ChunkView& chunk) {
  return {{"chunk", chunk.number}, {"chunk_id", chunk.chunk_id.hex()}, {"heading_path", chunk.heading_path},
          {"text", chunk.text}, {"locator", locator_to_json(chunk.locator)}};
}

Json listed_document_to_json(const ListedDocument& listed, const Document* document) {
  return {{"kb", listed.knowledge_base},
          {"flow", listed.flow},
          {"doc", listed.doc},
          {"title", listed.title},
          {"format", listed.format},
          {"language", listed.language},
          {"warnings", document != nullptr ? Json(document->warnings.size()) : Json()},
          {"children", document != nullptr ? Json(count_adopted(*document)) : Json()}};
}

Json document_view_to_json(const DocumentView& view) {
  Json json = document_head_to_json(view);
  json.update(document_to_json(view.document));
  json["chunks"] = Json::array();
  for (const ChunkView& chunk : view.chunks) json["chunks"].push_back(chunk_to_json(chunk));
  return json;
}

}  // namespace naru
