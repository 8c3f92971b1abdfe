#include "app/find_document.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/words.h"
#include "text/unicode.h"

namespace naru {

namespace {

Result<std::optional<DocumentView>> look_up(Store& store, const Principal& principal, const std::string& base,
                                            const std::string& doc, std::optional<std::uint64_t> as_of) {
  const auto snapshot = NARU_TRY(store.open_snapshot(base, principal, nullptr, as_of));
  Result<DocumentView> view = snapshot->document(doc);
  if (view) return std::optional<DocumentView>(std::move(*view));
  if (view.error().code() == Code::not_found) return std::optional<DocumentView>();
  return std::move(view).error();
}

// Names that were probably meant, of those known now: the same in another normal form (macOS writes decomposed Hangul),
// or a path's end.
Result<std::vector<DocumentView>> alike(Engine& engine, Store& store, const Principal& principal,
                                        const std::string& doc, std::optional<std::uint64_t> as_of, bool* same) {
  constexpr std::size_t kAlikeMax = 3;  // a suggestion, not a listing
  std::vector<DocumentView> found;
  const std::string wanted = nfc(doc);
  for (const FlowConfig& flow : engine.config().flows) {
    NARU_TRY(NARU_TRY(store.known_items(flow.name)).each([&](const KnownItem& item) -> Status {
      const std::string name = nfc(item.key);
      const bool equal = name == wanted;
      if ((!equal && !name.ends_with("/" + wanted)) || found.size() == kAlikeMax) return {};
      std::optional<DocumentView> view = NARU_TRY(look_up(store, principal, flow.knowledge_base, item.key, as_of));
      if (!view) return {};
      *same = *same || equal;
      found.push_back(std::move(*view));
      return {};
    }));
  }
  return found;
}

std::string place_in_part(const Locator& locator) {
  if (locator.page) return fmt::format("p. {}", *locator.page);
  if (locator.slide) return fmt::format("slide {}", *locator.slide);
  if (locator.cells) return fmt::format("{}!{}", locator.sheet, cell_range_name(*locator.cells));
  if (locator.section && locator.paragraph) {
    return fmt::format("section {}, paragraph {}", *locator.section, *locator.paragraph);
  }
  if (locator.paragraph) return fmt::format("paragraph {}", *locator.paragraph);
  if (locator.bytes) return fmt::format("bytes {}-{}", locator.bytes->start, locator.bytes->end);
  return "";
}

}  // namespace

Result<DocumentView> find_document(Engine& engine, Store& store, const Principal& principal, const std::string& doc,
                                   std::optional<std::uint64_t> as_of) {
  std::vector<DocumentView> found;
  for (const KnowledgeBaseInfo& base : NARU_TRY(store.knowledge_bases(principal, as_of))) {
    std::vector<std::string> names = {doc};
    if (doc.starts_with(base.name + "/")) names.push_back(doc.substr(base.name.size() + 1));
    for (const std::string& name : names) {
      std::optional<DocumentView> view = NARU_TRY(look_up(store, principal, base.name, name, as_of));
      if (view) found.push_back(std::move(*view));
    }
  }
  bool same = false;
  if (found.empty()) {
    found = NARU_TRY(alike(engine, store, principal, doc, as_of, &same));
    if (found.empty() || !same) {
      std::string names;
      for (const DocumentView& view : found) names += fmt::format("{}{}", names.empty() ? "" : " or ", view.doc);
      return Error(Code::not_found, fmt::format("there {} no document {}{}", as_of ? "was" : "is", doc,
                                                names.empty() ? "" : fmt::format("; did you mean {}?", names)));
    }
  }
  if (found.size() == 1) return std::move(found.front());
  std::string names;
  for (const DocumentView& view : found) {
    names += fmt::format("{}{}/{}", names.empty() ? "" : ", ", view.knowledge_base, view.doc);
  }
  return Error(Code::invalid_argument, fmt::format("{} is there more than once; name one of: {}", doc, names));
}

Result<ShowCommands> ShowCommands::make(Store& store, const Principal& principal, const Invocation& invocation,
                                        const std::optional<std::string>& as_of) {
  ShowCommands commands;
  commands.several_bases_ = NARU_TRY(store.knowledge_bases(principal)).size() > 1;
  if (as_of) commands.suffix_ = " --as-of " + shell_quoted(*as_of);
  commands.prefix_ = "naru";
  if (invocation.folder() != ".") commands.prefix_ += " -C " + shell_quoted(invocation.folder());
  return commands;
}

std::string ShowCommands::command(const std::string& knowledge_base, const std::string& doc, const Locator& locator,
                                  std::uint32_t chunk) const {
  const std::string name = shell_quoted(several_bases_ ? knowledge_base + "/" + doc : doc);
  if (locator.page) return fmt::format("{} show {} --page {}{}", prefix_, name, *locator.page, suffix_);
  return fmt::format("{} show {} --chunk {}{}", prefix_, name, chunk, suffix_);
}

std::string place_of(const Locator& locator) {
  const std::string place = place_in_part(locator);
  if (locator.part.empty()) return place;
  return place.empty() ? "part " + locator.part : fmt::format("{}, {}", locator.part, place);
}

}  // namespace naru
