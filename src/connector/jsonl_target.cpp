// jsonl (target): the rows, documents or passages that a flow makes, one JSON object a line, in the order of the items'
// keys.
//
// An item's lines change with it and go with it: the file is what a run from scratch would write, byte for byte,
// however many runs made it (connector/shared/kept_file.h). Rows are written as they are. Documents and passages have
// `access` where it is more than the owner, and their trust. What was forgotten leaves the file with the next run.
#include "connector/shared/connector_options.h"
#include "connector/shared/kept_target.h"

namespace naru {

namespace {

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
  return std::unique_ptr<Target>(std::make_unique<KeptTarget>(std::move(path), context));
}

}  // namespace

void register_jsonl_target(Registry& registry) { registry.add_target(describe(), make_jsonl); }

}  // namespace naru
