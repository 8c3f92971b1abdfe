#include "app/cli.h"

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/engine.h"
#include "app/syntax.h"
#include "app/words.h"
#include "config/suggest.h"
#include "runtime/trace.h"

namespace naru {

namespace {

// A line each; of those that begin with the word `first`, where one is given.
std::string list_commands(const Output& output, std::string_view first = {}) {
  std::string text;
  for (const CommandEntry& entry : command_table()) {
    if (!first.empty() && entry.words.substr(0, entry.words.find(' ')) != first) continue;
    const std::string usage = fmt::format("{} {}", entry.words, entry.usage);
    text += fmt::format("  {}{}{}\n", output.toned(Tone::strong, usage),
                        std::string(usage.size() < 24 ? 24 - usage.size() : 1, ' '), entry.summary);
  }
  return text;
}

std::string group_help(const Output& output, const std::string& first) {
  return fmt::format(
      "Usage: naru {} COMMAND [ARGUMENTS] [OPTIONS]\n\nCommands:\n{}\n`naru {} COMMAND --help` has examples.\n", first,
      list_commands(output, first), first);
}

std::string root_help(const Output& output) {
  std::string text =
      "naru carries documents to where questions are asked: it reads, cleans, cuts and embeds them, keeps a knowledge\n"
      "base in step with its sources, and answers from it with citations that open the right page.\n\n"
      "Usage: naru COMMAND [ARGUMENTS] [OPTIONS]\n\nCommands:\n";
  text += list_commands(output);
  text +=
      "\nEverywhere:\n"
      "  -C DIR                  Work as if started in DIR.\n"
      "  --config FILE           The configuration; naru.yaml of the folder unless given.\n"
      "  --as USER[,GROUP...]    Read as this user of these groups would.\n"
      "  --json                  Machine-readable results, one JSON value a line.\n"
      "  --trace                 Say what each stage did and how long it took.\n"
      "  --version, --help       `naru COMMAND --help` has examples.\n"
      "Every flag can also be set as NARU_...: --as is NARU_AS. NO_COLOR is honoured.\n"
      "\nExamples:\n"
      "  naru init && naru run\n"
      "  naru search \"annual leave\" -k 5\n"
      "  naru ask \"연차 휴가는 며칠인가요?\"\n"
      "  naru parse report.pdf --markdown\n"
      "\nExit codes: 0 done, 1 some records rejected, 2 usage, 4 not allowed, 69 something needed is not there,\n"
      "70 a bug, 75 try again, 78 configuration.\n";
  return text;
}

int exit_code_of(const Error& error) { return is_configuration_error(error) ? 78 : exit_code(error.code()); }

// Mistakes of a configuration stand with their places, one a line, as a compiler's would.
int fail(Output& output, const Error& error) {
  if (is_configuration_error(error)) {
    output.diagnostic(without_control(error.message()));
  } else {
    output.error(error);
  }
  return exit_code_of(error);
}

// The command whose words begin `arguments`; the longest wins.
const CommandEntry* find_command(const std::vector<std::string>& arguments, std::size_t* used) {
  const CommandEntry* found = nullptr;
  for (const CommandEntry& entry : command_table()) {
    const std::size_t blank = entry.words.find(' ');
    const std::size_t count = blank == std::string_view::npos ? 1 : 2;
    if (arguments.size() < count || arguments[0] != entry.words.substr(0, blank)) continue;
    if (count == 2 && arguments[1] != entry.words.substr(blank + 1)) continue;
    found = &entry;
    *used = count;
  }
  return found;
}

// "rejects" alone, or with a word that it does not have.
std::vector<std::string> second_words(std::string_view first) {
  std::vector<std::string> words;
  for (const CommandEntry& entry : command_table()) {
    if (entry.words.starts_with(first) && entry.words.substr(first.size()).starts_with(' ')) {
      words.emplace_back(entry.words.substr(first.size() + 1));
    }
  }
  return words;
}

Error unknown_command(const std::vector<std::string>& arguments) {
  const std::string& first = arguments.front();
  if (first.starts_with('-')) {
    return {Code::invalid_argument, fmt::format("naru has no flag {} before a command; see `naru --help`", first)};
  }
  const std::vector<std::string> second = second_words(first);
  if (!second.empty()) {
    const std::string given = arguments.size() > 1 ? arguments[1] : "";
    if (given.empty()) {
      return {Code::invalid_argument, fmt::format("`naru {}` wants one of: {}", first, fmt::join(second, ", "))};
    }
    return {Code::invalid_argument,
            fmt::format("there is no command `naru {} {}`; {}", first, given, suggest(given, second))};
  }
  std::vector<std::string> known;
  for (const CommandEntry& entry : command_table()) known.emplace_back(entry.words.substr(0, entry.words.find(' ')));
  const std::string near = nearest_word(first, known);
  return {Code::invalid_argument,
          fmt::format("there is no command `{}`; {}", first,
                      near.empty() ? "see `naru --help`" : fmt::format("did you mean `{}`?", near))};
}

void trace_to(Output& output) {
  set_trace_sink([&output](const SpanRecord& span) {
    std::string values;
    for (const auto& [key, value] : span.values) values += fmt::format(" {}={}", key, value);
    const double ms = static_cast<double>(span.end_ns - span.start_ns) / 1e6;
    const std::string indent(static_cast<std::size_t>(span.depth) * 2, ' ');
    output.diagnostic(without_control(fmt::format("trace: {}{} {:.3f} ms{}", indent, span.name, ms, values)));
  });
}

CommonOptions merged(const CommonOptions& leading, const CommonOptions& own) {
  CommonOptions options = own;
  if (!options.folder) options.folder = leading.folder;
  if (!options.config) options.config = leading.config;
  if (!options.as) options.as = leading.as;
  options.json = options.json || leading.json;
  options.trace = options.trace || leading.trace;
  return options;
}

int finish(Output& output, int code) {
  output.progress("");
  output.flush();
  if (output.closed_by_reader()) return code == 0 ? exit_code(Code::io) : code;  // `naru dump | head`: nothing to say
  if (!output.broken()) return code;
  output.note("standard output could not be written; is the disk full?");
  return exit_code(Code::io);
}

int run_command(const CommandEntry& entry, const CommonOptions& leading, const std::vector<std::string>& arguments,
                Output& output, std::stop_token stop) {
  Syntax syntax{std::string(entry.words), std::string(entry.summary)};
  CommonOptions own;
  entry.build(syntax);
  syntax.add_common(own, false);
  const Result<Parsed> parsed = syntax.parse(arguments);
  if (!parsed) return fail(output, parsed.error());
  if (parsed->help) {
    output.text(*parsed->help);
    return 0;
  }
  const CommonOptions options = merged(leading, own);
  if (options.trace) trace_to(output);
  Invocation invocation(options, output, std::move(stop));
  const Result<int> code = syntax.handler()(invocation);
  set_trace_sink({});
  return code ? *code : fail(output, code.error());
}

}  // namespace

int run_cli(const std::vector<std::string>& arguments, const Surroundings& surroundings, std::stop_token stop) {
  Output output(surroundings);
  CommonOptions leading;
  bool version = false, help = false;
  Syntax root("", "");
  root.add_common(leading, true);
  root.typed_flag("--version", version, "The version.").typed_flag("-h,--help", help, "This text.");
  const Result<std::vector<std::string>> rest = root.parse_leading(arguments);
  if (!rest) return finish(output, fail(output, rest.error()));
  if (version) {
    output.line("naru " NARU_VERSION);
    return finish(output, 0);
  }
  std::vector<std::string> words = *rest;
  const bool asks_help = !words.empty() && words.front() == "help";  // `naru help search` is `naru search --help`
  if (asks_help) words.erase(words.begin());
  if (words.empty() || help) {
    output.text(root_help(output));
    return finish(output, help || asks_help ? 0 : 2);
  }
  std::size_t used = 0;
  const CommandEntry* entry = find_command(words, &used);
  const bool asks_group = asks_help || (words.size() > 1 && (words[1] == "--help" || words[1] == "-h"));
  if (entry == nullptr && asks_group && !second_words(words.front()).empty()) {
    output.text(group_help(output, words.front()));
    return finish(output, 0);
  }
  if (entry == nullptr) return finish(output, fail(output, unknown_command(words)));
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(used));
  if (asks_help) words = {"--help"};
  return finish(output, run_command(*entry, leading, words, output, std::move(stop)));
}

}  // namespace naru
