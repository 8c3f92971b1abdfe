// naru tap: what a step of a flow makes of its items, before anything is stored.
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "flow/fit.h"
#include "flow/tap.h"
#include "record/json.h"
#include "record/value_json.h"
#include "text/unicode.h"

namespace naru {

namespace {

// A look is short; --limit says otherwise.
constexpr std::uint64_t kItems = 10;
constexpr std::uint64_t kItemsMax = 1'000'000'000;
constexpr std::size_t kShownColumns = 400;

struct TapFlags {
  std::string flow, step;
  std::optional<std::string> key;
  std::optional<std::uint64_t> limit;
};

Json row_to_json(const Row& row) {
  const Result<Json> fields = parse_json(to_json_line(row.fields));
  Json json = {{"fields", fields ? *fields : Json(nullptr)}};
  const Json locator = locator_to_json(row.locator);
  if (!locator.empty()) json["locator"] = locator;
  return json;
}

Json chunk_to_json(const Chunk& chunk) {
  return {{"id", chunk.id.hex()},
          {"heading_path", chunk.heading_path},
          {"text", chunk.text},
          {"locator", locator_to_json(chunk.locator)}};
}

Json drops_to_json(const DropCounts& drops) {
  Json list = Json::array();
  for (const auto& [name, count] : drops) {
    list.push_back({{"step", name.first}, {"reason", name.second}, {"parts", count.parts}});
  }
  return list;
}

Json tapped_to_json(const Tapped& tapped, const std::string& step) {
  Json json = {{"doc", tapped.item.key}, {"step", step}};
  if (!tapped.made) {
    json["version"] = tapped.version.hex();
    json["bytes"] = tapped.item.size_bytes;
    return json;
  }
  if (!*tapped.made) {
    json["error"] = {{"code", code_name(tapped.made->error().code())}, {"message", tapped.made->error().describe()}};
    return json;
  }
  const PreparedDocument& made = **tapped.made;
  json["version"] = tapped.version.hex();
  if (made.drop) {
    json["dropped"] = {{"step", made.drop->step}, {"reason", made.drop->reason}, {"detail", made.drop->detail}};
    return json;
  }
  if (!made.dropped_parts.empty()) json["dropped_parts"] = drops_to_json(made.dropped_parts);
  if (!made.rows.empty()) {
    json["rows"] = Json::array();
    for (const Row& row : made.rows) json["rows"].push_back(row_to_json(row));
  } else if (!made.chunks.empty()) {
    json["chunks"] = Json::array();
    for (const Chunk& chunk : made.chunks) json["chunks"].push_back(chunk_to_json(chunk));
  } else {
    json["document"] = document_to_json(made.document);
  }
  return json;
}

// The beginning of a text, on one line.
std::string shown(std::string_view text) {
  return cut_to_columns(without_control(fold_white_space(text)), kShownColumns);
}

void tell(const Tapped& tapped, Output& output) {
  output.line(output.toned(Tone::strong, tapped.item.key));
  if (!tapped.made) {
    output.line(fmt::format("  {} bytes, sha256 {}", tapped.item.size_bytes, tapped.version.hex()));
    return;
  }
  if (!*tapped.made) {
    const Error& error = tapped.made->error();
    output.line(fmt::format("  cannot be processed ({}): {}", code_name(error.code()), error.describe()));
    return;
  }
  const PreparedDocument& made = **tapped.made;
  if (made.drop) {
    output.line(fmt::format("  dropped by {}: {} {}", made.drop->step, made.drop->reason, made.drop->detail));
    return;
  }
  for (const Row& row : made.rows) output.line("  " + shown(to_json_line(row.fields)));
  for (const Chunk& chunk : made.chunks) output.line("  passage: " + shown(chunk.text));
  if (made.rows.empty() && made.chunks.empty()) {
    for (const Block& block : made.document.blocks) {
      output.line(fmt::format("  {}: {}", block_kind_name(block.kind), shown(block.text)));
    }
  }
  for (const auto& [name, count] : made.dropped_parts) {
    output.line(fmt::format("  {} left out by {}: {}", count.parts, name.first, name.second));
  }
}

Result<int> run(const TapFlags& flags, Invocation& invocation) {
  NARU_TRY(invocation.require_owner("`naru tap`"));
  const std::unique_ptr<Engine> engine = NARU_TRY(Engine::open(invocation, Configured::required));
  NARU_TRY(engine->check_flows({flags.flow}));
  NARU_TRY(engine->worker());  // its process starts before a document is in our memory
  std::vector<FlowPlan> plans = NARU_TRY(engine->plans({flags.flow}));
  if (Store* store = NARU_TRY(engine->store_to_read()); store != nullptr) {
    std::set<std::string> done;
    NARU_TRY(put_fits_in_force(plans.front(), *store, false, 0, nullptr, done));
  }
  TapOptions options;
  options.step = flags.step;
  options.key = flags.key;
  options.limit = flags.limit.value_or(kItems);
  options.stop = invocation.stop();
  int code = 0;
  NARU_TRY(tap(plans.front(), options, [&](const Tapped& tapped) {
    if (tapped.made && !*tapped.made) code = 1;
    if (invocation.json()) {
      invocation.output().json(tapped_to_json(tapped, flags.step));
    } else {
      tell(tapped, invocation.output());
    }
  }));
  return code;
}

}  // namespace

void build_tap(Syntax& syntax) {
  const auto flags = std::make_shared<TapFlags>();
  syntax.argument("FLOW", flags->flow, "The flow to look into.", Need::required)
      .argument("STEP", flags->step, "The step whose output to see, by its word or number; source: what comes in.",
                Need::required)
      .text("--key", "KEY", flags->key, "Only this item.")
      .number("--limit", "N", flags->limit, 1, kItemsMax, "At most so many items, by their keys; 10 unless said.")
      .example("naru tap handbook parse --key guide.pdf     what the parser reads of one file")
      .example("naru tap products filter --limit 100 --json")
      .runs([flags](Invocation& invocation) { return run(*flags, invocation); });
}

}  // namespace naru
