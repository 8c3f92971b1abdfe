#include "serve/mcp_resources.h"

#include <fmt/format.h>

#include <charconv>

#include "serve/http.h"
#include "serve/route.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::string_view kFront = "naru://";
constexpr const char* kTextType = "text/plain";
constexpr const char* kCutKey = "naru/truncated";  // in _meta

// A name that is a path keeps its slashes.
std::string encoded_path(std::string_view path) {
  std::string encoded;
  for (std::size_t at = 0;;) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    encoded += percent_encoded(path.substr(at, end - at));
    if (end == path.size()) return encoded;
    encoded += '/';
    at = end + 1;
  }
}

std::optional<std::uint32_t> page_of(const Locator& place) { return place.page ? place.page : place.slide; }

struct ResourceName {
  std::string path;  // "KB/DOC"
  std::optional<std::uint32_t> page;
};

// None: it is no name of ours.
std::optional<ResourceName> read_uri(std::string_view uri) {
  HttpRequest target;  // the same form, and the same rules for what may stand in it
  if (!uri.starts_with(kFront) || !read_target(uri.substr(kFront.size()), target)) return std::nullopt;
  ResourceName name{target.path.substr(1), std::nullopt};
  if (target.query.empty()) return name;
  const auto& [key, value] = target.query.front();
  std::uint32_t page = 0;
  const auto [end, wrong] = std::from_chars(value.data(), value.data() + value.size(), page);
  const bool number = wrong == std::errc() && end == value.data() + value.size();
  if (target.query.size() != 1 || key != "page" || !number) return std::nullopt;
  name.page = page;
  return name;
}

// Empty: nothing stands on it.
std::string page_text(const Document& document, std::uint32_t page) {
  std::string text;
  for (const Block& block : document.blocks) {
    if (page_of(block.locator) != page) continue;
    if (!text.empty()) text += kBlockSeparator;
    text += block.text;
  }
  return text;
}

Error no_such_resource() { return Error(Code::not_found, "there is no such resource"); }

}  // namespace

std::string resource_uri(std::string_view knowledge_base, std::string_view doc, const Locator& place) {
  std::string uri = fmt::format("{}/{}/{}", kFront, percent_encoded(knowledge_base), encoded_path(doc));
  if (const std::optional<std::uint32_t> page = page_of(place)) uri += fmt::format("?page={}", *page);
  return uri;
}

Json resource_templates() {
  return Json::array({{{"uriTemplate", "naru:///{kb}/{+doc}"}, {"name", "document"}, {"title", "Document"},
                       {"description", "A document of a knowledge base, as text."}, {"mimeType", kTextType}},
                      {{"uriTemplate", "naru:///{kb}/{+doc}?page={page}"}, {"name", "page"}, {"title", "Page"},
                       {"description", "One page of a document, or one slide of a presentation, as text; from 1."},
                       {"mimeType", kTextType}}});
}

Result<Json> list_resources(Service& service, const Json& params, const Principal& principal) {
  const std::optional<std::string> cursor = NARU_TRY(text_field(params, "cursor"));
  const Json page = NARU_TRY(service.documents(cursor, principal));
  Json resources = Json::array();
  for (const Json& one : page["documents"]) {
    const std::string doc = one["doc"], title = one["title"];
    Json resource = {{"uri", resource_uri(one["kb"].get<std::string>(), doc)}, {"name", doc},
                     {"mimeType", kTextType},
                     {"description", fmt::format("{} in {}", one["format"].get<std::string>(),
                                                 one["kb"].get<std::string>())}};
    if (!title.empty()) resource["title"] = title;
    resources.push_back(std::move(resource));
  }
  Json listed = {{"resources", std::move(resources)}};
  if (!page["next"].is_null()) listed["nextCursor"] = page["next"];
  return listed;
}

Result<Json> read_resource(Service& service, const std::string& uri, const Principal& principal) {
  const std::optional<ResourceName> name = read_uri(uri);
  if (!name) return no_such_resource();
  const DocumentView view = NARU_TRY(service.document(std::nullopt, name->path, principal));
  // A document has its whole name here: one that would do for a person is another's.
  if (view.knowledge_base + "/" + view.doc != name->path) return no_such_resource();
  const std::string text = name->page ? page_text(view.document, *name->page) : document_text(view.document);
  if (name->page && text.empty()) return no_such_resource();
  Json content = {{"uri", uri}, {"mimeType", kTextType},
                  {"text", text.substr(0, whole_characters(text, kMcpTextBytesMax))}};
  if (text.size() > kMcpTextBytesMax) content["_meta"] = {{kCutKey, true}};
  return Json::array({std::move(content)});
}

}  // namespace naru
