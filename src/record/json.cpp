#include "record/json.h"

#include <cmath>

namespace naru {

namespace {

// Hundredths of a point: finer than any printer, and half as long as the float's digits.
Json points(float value) { return std::round(static_cast<double>(value) * 100) / 100; }

Json children_to_json(const Document& document);

// Behind what `json` already holds: a child's name comes first.
Json fields_to_json(const Document& document, Json json) {
  json["uri"] = document.uri;
  json["format"] = document.format;
  json["title"] = document.title;
  json["language"] = document.language;
  Json& metadata = json["metadata"] = Json::object();
  for (const auto& [key, value] : document.metadata) {
    if (!metadata.contains(key)) {
      metadata[key] = value;
    } else if (metadata[key].is_array()) {
      metadata[key].push_back(value);
    } else {
      metadata[key] = Json::array({metadata[key], value});
    }
  }
  Json& blocks = json["blocks"] = Json::array();
  for (const Block& block : document.blocks) blocks.push_back(block_to_json(block));
  json["warnings"] = document.warnings;
  if (!document.children.empty()) json["children"] = children_to_json(document);
  return json;
}

// As deep as the codec lets documents nest.
Json children_to_json(const Document& document) {
  Json children = Json::array();
  for (const auto& [name, child] : document.children) {
    Json json = Json::object();
    json["name"] = name;
    children.push_back(fields_to_json(child, std::move(json)));
  }
  return children;
}

}  // namespace

Json locator_to_json(const Locator& locator) {
  Json json = Json::object();
  if (locator.page) json["page"] = *locator.page;
  if (locator.page_size) json["page_size"] = {points(locator.page_size->width), points(locator.page_size->height)};
  if (!locator.boxes.empty()) {
    Json& boxes = json["boxes"] = Json::array();
    for (const Box& box : locator.boxes) {
      boxes.push_back(Json::array({points(box.x0), points(box.y0), points(box.x1), points(box.y1)}));
    }
  }
  if (locator.bytes) {
    json["start"] = locator.bytes->start;
    json["end"] = locator.bytes->end;
  }
  if (!locator.sheet.empty()) json["sheet"] = locator.sheet;
  if (locator.cells) json["cells"] = cell_range_name(*locator.cells);
  if (locator.slide) json["slide"] = *locator.slide;
  if (locator.shape) json["shape"] = *locator.shape;
  if (locator.section) json["section"] = *locator.section;
  if (locator.paragraph) json["paragraph"] = *locator.paragraph;
  if (!locator.part.empty()) json["part"] = locator.part;
  return json;
}

Json block_to_json(const Block& block) {
  Json json = Json::object();
  json["kind"] = block_kind_name(block.kind);
  json["text"] = block.text;
  json["level"] = block.level;
  json["heading_path"] = block.heading_path;
  json["cells"] = block.cells;
  if (block.header_rows != 0) json["header_rows"] = block.header_rows;
  if (!block.spans.empty()) {
    Json& spans = json["spans"] = Json::array();
    for (const TableSpan& span : block.spans) {
      spans.push_back(Json::array({span.row, span.column, span.rows, span.columns}));
    }
  }
  json["locator"] = locator_to_json(block.locator);
  return json;
}

Json document_to_json(const Document& document) { return fields_to_json(document, Json::object()); }

}  // namespace naru
