// naru parse: what a parser makes of files, storing nothing. Needs no naru.yaml.
//
// Whatever the input, the exit code is 0, or 1 where a file could not be read: then its line is {"error":{...}}.
#include <fmt/format.h>

#include <deque>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "app/find_document.h"
#include "flow/ordered_pool.h"
#include "record/json.h"
#include "record/markdown.h"
#include "runtime/files.h"
#include "runtime/thread.h"
#include "text/unicode.h"

namespace naru {

namespace {

enum class Form : std::uint8_t { people, json, markdown };

constexpr std::uint64_t kFileBytesMax = 256ULL << 20;  // the worker's own limit of one document
constexpr std::size_t kAheadMax = 64;                  // files parsed before their turn to be printed

struct ParseFlags {
  std::vector<std::string> files;
  std::optional<std::uint64_t> jobs;
  bool markdown = false, main_text = false, whole_page = false;
};

Result<Document> parse_file(const std::string& path, const std::string& name, WebText web_text,
                            const WorkerPool& worker, std::stop_token stop) {
  if (is_folder(path)) return Error(Code::unsupported, name + " is a folder");
  const std::string bytes = NARU_TRY(read_file(path, kFileBytesMax));
  ParseInput input;
  input.bytes = bytes;
  input.uri = repair_utf8(name);
  input.media_hint = file_extension(path);
  input.web_text = web_text;
  return worker.parse(input, stop);
}

// Blocks with their places, a line or more each.
void print_for_people(const Document& document, Output& output) {
  output.line(output.toned(Tone::strong,
                           without_control(fmt::format("{} ({}{}{})", document.uri, document.format,
                                                       document.language.empty() ? "" : ", ", document.language))));
  if (!document.title.empty()) output.line(without_control("title: " + document.title));
  for (const auto& [key, value] : document.metadata) output.line(without_control(fmt::format("{}: {}", key, value)));
  for (const Block& block : document.blocks) {
    const std::string place = place_of(block.locator);
    output.line(output.toned(Tone::faint, fmt::format("[{}{}{}{}]", block_kind_name(block.kind),
                                                      block.level > 0 ? fmt::format(" {}", block.level) : "",
                                                      place.empty() ? "" : ", ", place)));
    output.line(without_control(block.text));
  }
  for (const auto& [name, child] : document.children) print_for_people(child, output);
}

Json error_to_json(const std::string& name, const Error& error) {
  return {{"uri", repair_utf8(name)},
          {"error", {{"code", code_name(error.code())}, {"message", repair_utf8(error.describe())}}}};
}

void print(const Result<Document>& document, const std::string& name, Form form, Output& output) {
  if (!document) {
    if (form == Form::json) output.json(error_to_json(name, document.error()));
    if (form != Form::json)
      output.diagnostic(without_control(
          fmt::format("naru: {}: {} ({})", name, document.error().describe(), code_name(document.error().code()))));
    return;
  }
  if (form == Form::json) output.json(document_to_json(*document));
  if (form == Form::markdown) output.text(without_control(document_to_markdown(*document)));
  if (form == Form::people) print_for_people(*document, output);
  for (const std::string& warning : document->warnings) {
    if (form != Form::json) output.note(without_control(fmt::format("{}: {}", name, warning)));
  }
}

Form form_of(const ParseFlags& flags, const Invocation& invocation) {
  if (flags.markdown && !invocation.json()) return Form::markdown;
  const bool watched = invocation.output().surroundings().stdout_is_terminal;
  return invocation.json() || !watched ? Form::json : Form::people;
}

Result<int> run(const ParseFlags& flags, Invocation& invocation) {
  const std::unique_ptr<Engine> engine = Engine::without_configuration();
  const WorkerPool* worker = NARU_TRY(engine->worker());
  const Form form = form_of(flags, invocation);
  const WebText web_text = flags.main_text    ? WebText::main_text
                           : flags.whole_page ? WebText::whole_page
                                              : WebText::automatic;
  const auto threads = static_cast<unsigned>(flags.jobs.value_or(1));
  OrderedPool<std::string, Result<Document>> pool("parse", threads, kAheadMax, [&](const std::string& name, unsigned) {
    return parse_file(invocation.path(name), name, web_text, *worker, invocation.stop());
  });
  int code = 0;
  std::deque<std::string> names;
  const auto print_oldest = [&] {
    const Result<Document> document = pool.take();
    if (!document) code = 1;
    print(document, names.front(), form, invocation.output());
    names.pop_front();
  };
  for (const std::string& name : flags.files) {
    if (invocation.stop().stop_requested()) break;
    names.push_back(name);
    pool.submit(name);
    while (pool.has_result() || pool.size() >= kAheadMax) print_oldest();
  }
  while (pool.size() > 0) print_oldest();
  return invocation.stop().stop_requested() ? exit_code(Code::cancelled) : code;
}

}  // namespace

void build_parse(Syntax& syntax) {
  const auto flags = std::make_shared<ParseFlags>();
  constexpr std::uint64_t kJobsMax = 256;
  syntax.arguments("FILE", flags->files, "The files.", Need::required)
      .flag("--markdown", flags->markdown, "As Markdown.")
      .flag("--main-text", flags->main_text, "Of web pages only the main text; of articles alone unless given.")
      .flag("--whole-page", flags->whole_page, "Of web pages everything, menus and footers too.")
      .number("-j", "N", flags->jobs, 1, kJobsMax, "So many files side by side; 1 unless given.")
      .example("naru parse report.pdf --markdown")
      .example("naru parse *.html -j 4 --json | jq -r .title")
      .example("naru parse 사업보고서.pdf")
      .runs([flags](Invocation& invocation) { return run(*flags, invocation); });
}

}  // namespace naru
