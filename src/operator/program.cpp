// program: your own program as a step, in whatever language.
//
// A Map over rows and documents. The program is started without a shell and reads a line of JSON for each record:
//   {"n":1,"key":"a.md","fields":{"title":"...","text":"..."}}
// and answers each with one line, with the same `n`, at once (flush!):
//   {"n":1,"fields":{...}}       what the record's fields are now; of a document title, language and meta.NAME count
//   {"n":1,"rows":[{...},...]}   of a row: so many rows in its place
//   {"n":1,"drop":"reason","detail":"..."}   it is left out
//   {"n":1,"error":"message"}    it is a reject
// It lives on from record to record, one for each thread. What it does with a record may depend on nothing but the
// record: results are kept and used again, until its arguments, its files or `version` change. One that is late, says
// too much, says something else or ends is killed with its process group; the record is a reject, and the next one gets
// a new program.
#include <fmt/format.h>

#include "naru/registry.h"
#include "operator/shared/last_line.h"
#include "operator/shared/step_options.h"
#include "record/record_fields.h"
#include "record/value_json.h"
#include "runtime/files.h"
#include "runtime/line_process.h"

namespace naru {

namespace {

constexpr std::int64_t kSecondsMax = 3600, kMegabytesMax = 1 << 20;
// Rows of one answer; each is stored.
constexpr std::size_t kRowsMax = 1'000'000;
// Files among the arguments are part of the fingerprint as far as they are scripts and small programs.
constexpr std::uint64_t kProgramBytesMax = 64 << 20;

class Running : public WorkerState {
 public:
  explicit Running(const LineProcessOptions& options) : process(options) {}
  LineProcess process;
  std::int64_t asked = 0;
};

class ProgramStep : public Operator {
 public:
  ProgramStep(LineProcessOptions options, Id128 fingerprint)
      : options_(std::move(options)), fingerprint_(fingerprint) {}

  std::unique_ptr<WorkerState> make_state() const override { return std::make_unique<Running>(options_); }

  Result<Batch> process(Batch batch, WorkerState* state, std::stop_token stop) const override {
    Running& running = *static_cast<Running*>(state);
    Batch made;
    for (Record& record : batch) {
      Status done = answer(std::move(record), running, made, stop);
      if (!done) return explained(done.error(), running);
    }
    return made;
  }

  Id128 fingerprint() const override { return fingerprint_; }

 private:
  Status answer(Record record, Running& running, Batch& made, std::stop_token stop) const {
    const std::int64_t n = ++running.asked;
    Fields question = {{"n", Value(n)}, {"key", Value(record.key)}, {"fields", Value(fields_of(record))}};
    const std::string line = NARU_TRY(running.process.ask(to_json_line(question), stop));
    Result<Fields> said = fields_from_json(line);
    const Value* same = said ? find_field(*said, "n") : nullptr;
    if (same == nullptr || *same != Value(n)) {
      running.process.restart();
      return Error(Code::corrupt, fmt::format("it said no JSON object with \"n\":{}", n));
    }
    return take(std::move(record), *said, made);
  }

  // A row's own fields; of others those that it may be asked for.
  static Fields fields_of(const Record& record) {
    if (const Row* row = std::get_if<Row>(&record.payload)) return row->fields;
    Fields fields;
    Value room;
    for (const std::string& name : field_names(record)) {
      if (const Value* value = read_field(record, name, room)) set_field(fields, name, *value);
    }
    return fields;
  }

  static std::string text_or(const Value* value, std::string_view otherwise) {
    const std::string* text = value == nullptr ? nullptr : value->text();
    return text == nullptr ? std::string(otherwise) : *text;
  }

  static Status take(Record record, const Fields& said, Batch& made) {
    if (const Value* error = find_field(said, "error")) {
      return Error(Code::invalid_argument, fmt::format("it refused: {}", text_or(error, "no reason given")));
    }
    if (const Value* reason = find_field(said, "drop")) {
      record.drop = {text_or(reason, "program"), text_or(find_field(said, "detail"), "")};
      made.push_back(std::move(record));
      return {};
    }
    const Value *fields = find_field(said, "fields"), *rows = find_field(said, "rows");
    if (fields != nullptr && fields->map() != nullptr) return take_fields(std::move(record), *fields->map(), made);
    if (rows != nullptr && rows->list() != nullptr) return take_rows(std::move(record), *rows->list(), made);
    return Error(Code::corrupt, "it said neither fields nor rows, drop or error");
  }

  static Status take_fields(Record record, const Fields& fields, Batch& made) {
    if (Row* row = std::get_if<Row>(&record.payload)) {
      row->fields = fields;
    } else {
      for (const auto& field : fields) {
        const bool may = field.name == "title" || field.name == "language" || field.name.starts_with("meta.");
        // Formatted, since g++ 12 warns without cause of the literal alone.
        if (may) {
          NARU_TRY_AT(write_field(record, field.name, field.value), fmt::format("it said a value that cannot be"));
        }
      }
    }
    made.push_back(std::move(record));
    return {};
  }

  static Status take_rows(Record record, const ValueList& rows, Batch& made) {
    Row* asked = std::get_if<Row>(&record.payload);
    if (asked == nullptr) {
      return Error(Code::corrupt, "it said rows, and it was asked about a document");
    }
    if (rows.size() > kRowsMax) {
      return Error(Code::limit_exceeded, fmt::format("it said {} rows, at most {} may be", rows.size(), kRowsMax));
    }
    asked->fields.clear();  // no row made copies what was asked
    for (const Value& row : rows) {
      if (row.map() == nullptr) return Error(Code::corrupt, "it said a row that is no object");
      made.push_back(record);
      std::get<Row>(made.back().payload).fields = *row.map();
    }
    return {};
  }

  Error explained(const Error& error, const Running& running) const {
    if (error.code() == Code::cancelled) return error;
    const std::string said = last_line(running.process.complained());
    const bool ended = error.code() == Code::io;
    return {error.code(), fmt::format("program {}: {}{}{}", options_.arguments[0], error.message(),
                                      ended && !said.empty() ? ": " : "", ended ? said : "")};
  }

  const LineProcessOptions options_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "program";
  descriptor.summary = "Your own program: it reads a line of JSON for each record and answers with one.";
  descriptor.takes = {PayloadKind::row, PayloadKind::document};
  OptionSpec seconds = needed_option("seconds", OptionType::integer, "How long it may take for one record.");
  seconds.fallback = std::int64_t{30};
  seconds.unit = "seconds";
  seconds.minimum = 1;
  seconds.maximum = kSecondsMax;
  OptionSpec memory = needed_option("megabytes", OptionType::integer, "Memory of each of its processes; 0: no limit.");
  memory.fallback = std::int64_t{1024};
  memory.unit = "MiB";
  memory.minimum = 0;
  memory.maximum = kMegabytesMax;
  OptionSpec version = needed_option("version", OptionType::text, "Another one makes every record anew.");
  version.fallback = "1";
  OptionSpec run = needed_option("run", OptionType::text_list, "The program and its arguments.");
  descriptor.options = {run, seconds, memory, version};
  descriptor.examples = {"program: {run: [python3, steps/tag.py]}",
                         "program: {run: ./tag, seconds: 5, version: \"2\"}"};
  return descriptor;
}

// The arguments with the files beside the configuration named in full, and what is in these for the fingerprint.
struct Arguments {
  std::vector<std::string> words;
  std::string contents;
};

Result<Arguments> arguments_of(const Options& options) {
  Arguments made;
  for (const std::string& word : options.list("run")) {
    const std::string path = join_path(options.base_folder, word);
    const bool is_file = !word.empty() && file_exists(path) && !is_folder(path);
    made.words.push_back(is_file ? path : word);
    if (is_file) made.contents += sha256(NARU_TRY(read_file(path, kProgramBytesMax))).bytes();
  }
  if (made.words.empty()) return option_error(options, "`run` names no program");
  return made;
}

Result<std::unique_ptr<Operator>> make_program(const Options& options, const OperatorContext&) {
  Arguments arguments = NARU_TRY(arguments_of(options));
  const Id128 fingerprint = hash128({step_fingerprint(describe(), options).bytes(), arguments.contents});
  LineProcessOptions process;
  process.arguments = std::move(arguments.words);
  process.timeout_ms = static_cast<std::uint64_t>(options.integer("seconds")) * 1000;
  process.memory_bytes_max = static_cast<std::uint64_t>(options.integer("megabytes")) << 20;
  return std::unique_ptr<Operator>(std::make_unique<ProgramStep>(std::move(process), fingerprint));
}

}  // namespace

void register_program(Registry& registry) { registry.add_operator(describe(), make_program); }

}  // namespace naru
