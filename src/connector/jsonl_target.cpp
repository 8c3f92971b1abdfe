// jsonl (target): the rows, documents or passages that a flow makes, one JSON object a line, in the order of the items'
// keys.
//
// An item's lines change with it and go with it: the file is what a run from scratch would write, byte for byte,
// however many runs made it (connector/shared/kept_file.h). Rows are written as they are. Documents and passages have
// `access` where it is more than the owner, and their trust. What was forgotten leaves the file with the next run.
#include <fmt/format.h>

#include "base/json.h"
#include "connector/shared/connector_options.h"
#include "connector/shared/kept_file.h"
#include "flow/state.h"
#include "naru/registry.h"
#include "record/json.h"
#include "record/value_json.h"

namespace naru {

namespace {

std::string_view trust_name(Trust trust) {
  switch (trust) {
    case Trust::user: return "user";
    case Trust::tenant: return "tenant";
    case Trust::external: return "external";
  }
  return "external";
}

void add_label(const Label& label, Json& line) {
  if (!label.access.empty()) line["access"] = label.access;
  line["trust"] = trust_name(label.trust);
}

Json metadata_json(const Metadata& metadata) {
  Json json = Json::object();
  for (const auto& [name, value] : metadata) {
    Json& values = json[name];
    if (values.is_null()) values = Json::array();
    values.push_back(value);
  }
  return json;
}

std::string document_line(const DocumentUpsert& upsert) {
  const Document& document = upsert.document;
  Json line = {{"id", upsert.item.key},
               {"title", document.title},
               {"language", document.language},
               {"format", document.format},
               {"version", upsert.version.hex()},
               {"metadata", metadata_json(document.metadata)}};
  add_label(upsert.label, line);
  line["text"] = document_text(document);
  return to_line(line) + "\n";
}

std::string chunk_line(const DocumentUpsert& upsert, std::size_t n) {
  const Chunk& chunk = upsert.chunks[n];
  Json line = {{"id", chunk.id.hex()},
               {"doc", upsert.item.key},
               {"n", n},
               {"title", upsert.document.title},
               {"language", upsert.document.language},
               {"heading_path", chunk.heading_path},
               {"locator", locator_to_json(chunk.locator)},
               {"version", upsert.version.hex()}};
  add_label(upsert.label, line);
  line["text"] = chunk.text;
  return to_line(line) + "\n";
}

class JsonlTarget : public Target {
 public:
  JsonlTarget(std::string path, const TargetContext& context)
      : file_(std::move(path), context.flow), takes_(context.takes) {}

  Status begin() override {
    writes_ = true;
    return file_.open();
  }

  Result<std::vector<KnownItem>> known_items(const std::string&) override {
    if (!writes_) NARU_TRY(file_.open_to_read());
    return file_.known_items();
  }

  Result<Committed> apply(const ChangeSet& changes) override {
    std::vector<KeptFile::Change> kept;
    for (const DocumentUpsert& upsert : changes.upserts) {
      KeptFile::Change& change = kept.emplace_back();
      change.known = known(upsert.item, upsert.version, changes.pipeline, hash_label(upsert.label));
      add_lines(upsert, change);
    }
    for (const ItemReject& reject : changes.rejects) {
      KeptFile::Change& change = kept.emplace_back();
      change.known = known(reject.item, reject.version, changes.pipeline, hash_label(Label{}));
      change.known.reject_code = reject.reject.code;
      change.known.reject_message = reject.reject.message;
    }
    for (const std::string& key : changes.removes) {
      KeptFile::Change& change = kept.emplace_back();
      change.known.key = key;
      change.removed = true;
    }
    for (const Item& item : changes.touched) {
      KeptFile::Change& change = kept.emplace_back();
      change.known = known(item, {}, {}, {});
      change.moved = true;
    }
    const KeptFile::Counts counts = NARU_TRY(file_.apply(std::move(kept)));
    return Committed{file_.generation() + 1, counts.added, counts.removed};
  }

  Status settle() override { return file_.publish(); }

 private:
  static KnownItem known(const Item& item, const Sha256& version, const Id128& pipeline, const Id128& label) {
    return {item.key, item.fingerprint, version, item.version_order, pipeline, label, "", ""};
  }

  void add_lines(const DocumentUpsert& upsert, KeptFile::Change& change) const {
    if (takes_ == PayloadKind::document) {
      change.bytes = document_line(upsert);
      change.records = 1;
      return;
    }
    for (std::size_t n = 0; n < upsert.chunks.size(); ++n) change.bytes += chunk_line(upsert, n);
    for (const Row& row : upsert.rows) {
      append_json(change.bytes, row.fields);
      change.bytes += '\n';
    }
    change.records = upsert.chunks.size() + upsert.rows.size();
  }

  KeptFile file_;
  const PayloadKind takes_;
  bool writes_ = false;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "jsonl";
  descriptor.summary = "Rows, documents or passages as one JSON object a line, kept equal to the source.";
  descriptor.options = {text_option("path", "The file; relative paths start at the configuration file. PATH.naru "
                                            "beside it is the flow's memory.")};
  descriptor.takes = {PayloadKind::row, PayloadKind::document, PayloadKind::chunk};
  descriptor.examples = {"jsonl: {path: corpus.jsonl}"};
  descriptor.guarantee = "each item exactly once: readers see the file of the last run or of this one, and the bytes "
                         "are those of a run from scratch";
  return descriptor;
}

Result<std::unique_ptr<Target>> make_jsonl(const Options& options, const TargetContext& context) {
  std::string path = NARU_TRY(file_to_write(options, "path"));
  return std::unique_ptr<Target>(std::make_unique<JsonlTarget>(std::move(path), context));
}

}  // namespace

void register_jsonl_target(Registry& registry) { registry.add_target(describe(), make_jsonl); }

}  // namespace naru
