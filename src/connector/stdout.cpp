// stdout (target): the rows, documents or passages that a flow makes, one JSON object a line, to whoever reads.
//
// A pipe has no memory and takes nothing back: each run writes everything that the source has, in the order of the
// items' keys, and what has gone is not mentioned. What the program itself says goes to standard error from then on.
#include "connector/shared/record_json.h"
#include "naru/registry.h"
#include "runtime/standard_streams.h"

namespace naru {

namespace {

class StdoutTarget : public Target {
 public:
  explicit StdoutTarget(PayloadKind takes) : takes_(takes) {}

  Status begin() override { return claim_standard_output(); }
  Result<SpilledList<KnownItem>> known_items(const std::string&) override { return SpilledList<KnownItem>(); }

  Result<Committed> apply(const ChangeSet& changes) override {
    Committed committed;
    committed.epoch = ++epoch_;
    for (const DocumentUpsert& upsert : changes.upserts) {
      const JsonLinesOf lines = json_lines_of(upsert, takes_);
      NARU_TRY(write_standard_output(lines.bytes));
      committed.chunks_added += lines.records;
    }
    return committed;
  }

 private:
  const PayloadKind takes_;
  std::uint64_t epoch_ = 0;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "stdout";
  descriptor.summary = "Rows, documents or passages as JSON lines on standard output, all of them each run.";
  descriptor.takes = {PayloadKind::row, PayloadKind::document, PayloadKind::chunk};
  descriptor.examples = {"stdout: {}"};
  descriptor.guarantee = "at least once, and no more: every run writes everything anew, a killed one a part of it, and "
                         "removals are not said";
  return descriptor;
}

Result<std::unique_ptr<Target>> make_stdout(const Options&, const TargetContext& context) {
  return std::unique_ptr<Target>(std::make_unique<StdoutTarget>(context.takes));
}

}  // namespace

void register_stdout(Registry& registry) { registry.add_target(describe(), make_stdout); }

}  // namespace naru
