// naru show: a document as it is kept, or as it was; one page of it, or one passage.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/document_json.h"
#include "app/find_document.h"
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

Result<int> show_page(const DocumentView& view, std::uint64_t page, Invocation& invocation) {
  Document part = view.document;
  std::uint32_t last = 0;
  for (const Block& block : part.blocks) last = std::max(last, block.locator.page.value_or(0));
  std::erase_if(part.blocks, [&](const Block& block) { return block.locator.page != page; });
  part.children.clear();
  if (last == 0) {
    return Error(Code::not_found, fmt::format("{} has no pages; `--chunk N` shows a passage of it", view.doc));
  }
  if (part.blocks.empty()) {
    return Error(Code::not_found, fmt::format("{} has nothing on page {}; its last page with text is {}", view.doc,
                                              page, last));
  }
  if (invocation.json()) {
    Json json = document_head_to_json(view);
    json["page"] = page;
    json["blocks"] = document_to_json(part)["blocks"];
    invocation.output().json(json);
    return 0;
  }
  part.title.clear();
  invocation.output().text(without_control(document_to_markdown(part)));
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
      .number("--page", "N", flags->page, 1, UINT32_MAX, "Only this page.")
      .number("--chunk", "N", flags->chunk, 0, UINT32_MAX, "Only this passage, from 0.")
      .text("--as-of", "EPOCH|TAG", flags->as_of, "As it was then, as in `naru search`.")
      .example("naru show 규정/인사규정.pdf --page 3")
      .example("naru show guide.md --chunk 0 --json")
      .example("naru show guide.md --as-of before-the-rewrite")
      .runs([flags](Invocation& invocation) { return run(*flags, invocation); });
}

}  // namespace naru
