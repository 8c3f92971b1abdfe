// naru show: a document as it is kept, or as it was; one page of it, or one passage.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/document_json.h"
#include "app/find_document.h"
#include "app/page_view.h"
#include "record/json.h"
#include "record/markdown.h"

namespace naru {

namespace {

struct ShowFlags {
  std::string doc;
  std::optional<std::uint64_t> page, chunk;
  std::optional<std::string> as_of;
};

Result<int> show_chunk(const DocumentView& view, std::uint64_t number, Invocation& invocation) {
  if (number >= view.chunks.size()) {
    return Error(Code::not_found, fmt::format("{} has {} passages, from 0 to {}", view.doc, view.chunks.size(),
                                              view.chunks.empty() ? 0 : view.chunks.size() - 1));
  }
  const ChunkView& chunk = view.chunks[number];
  Output& output = invocation.output();
  if (invocation.json()) {
    Json json = document_head_to_json(view);
    json.update(chunk_to_json(chunk));
    output.json(json);
    return 0;
  }
  std::string head = fmt::format("{} passage {}", view.doc, number);
  if (const std::string place = place_of(chunk.locator); !place.empty()) head += ", " + place;
  output.line(output.toned(Tone::strong, without_control(head)));
  if (!chunk.heading_path.empty()) {
    output.line(output.toned(Tone::faint, without_control(fmt::format("{}", fmt::join(chunk.heading_path, " › ")))));
  }
  output.line(without_control(chunk.text));
  return 0;
}

Result<int> show_page(const DocumentView& view, std::uint64_t number, Invocation& invocation) {
  const PageView page = NARU_TRY(page_view(view.document, view.doc, static_cast<std::uint32_t>(number)));
  Output& output = invocation.output();
  if (invocation.json()) {
    Document part = view.document;
    part.blocks = page.blocks;
    Json json = document_head_to_json(view);
    json["page"] = number;
    json["name"] = page.name;
    json["blocks"] = document_to_json(part)["blocks"];
    output.json(json);
    return 0;
  }
  std::string head = fmt::format("{} {}", view.doc, page.name);
  if (const std::optional<PageSize>& size = page.blocks.front().locator.page_size; size) {
    head += fmt::format(", {:.0f} x {:.0f} points", size->width, size->height);
  }
  output.line(output.toned(Tone::strong, without_control(head)));
  output.text(without_control(page_for_people(page, output.surroundings().columns)));
  return 0;
}

void show_all(const DocumentView& view, Invocation& invocation) {
  if (!invocation.json()) return invocation.output().text(without_control(document_to_markdown(view.document)));
  invocation.output().json(document_view_to_json(view));
}

Result<int> run(const ShowFlags& flags, Invocation& invocation) {
  const Principal principal = NARU_TRY(invocation.principal());
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::store_or_file));
  Store* store = NARU_TRY(engine->store_to_read());
  if (store == nullptr) return Error(Code::not_found, kNothingTakenIn);
  std::optional<std::uint64_t> as_of;
  if (flags.as_of) as_of = NARU_TRY_AT(store->find_epoch(*flags.as_of), "--as-of");
  const DocumentView view = NARU_TRY(find_document(*engine, *store, principal, flags.doc, as_of));
  if (flags.chunk) return show_chunk(view, *flags.chunk, invocation);
  if (flags.page) return show_page(view, *flags.page, invocation);
  show_all(view, invocation);
  return 0;
}

}  // namespace

void build_show(Syntax& syntax) {
  const auto flags = std::make_shared<ShowFlags>();
  syntax.argument("DOC", flags->doc, "Its path or id; KB/DOC where that is in several knowledge bases.", Need::required)
      .number("--page", "N", flags->page, 1, UINT32_MAX,
              "Only this page, slide or sheet, from 1: what was read beside where it was.")
      .number("--chunk", "N", flags->chunk, 0, UINT32_MAX, "Only this passage, from 0.")
      .text("--as-of", "EPOCH|TAG", flags->as_of, "As it was then, as in `naru search`.")
      .example("naru show 규정/인사규정.pdf --page 3")
      .example("naru show fares.xlsx --page 2 --json")
      .example("naru show guide.md --chunk 0 --json")
      .example("naru show guide.md --as-of before-the-rewrite")
      .runs([flags](Invocation& invocation) { return run(*flags, invocation); });
}

}  // namespace naru
