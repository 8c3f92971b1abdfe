// KeptTarget: a target that is one file, kept equal to the source by a KeptFile: JSON lines, unless whoever derives
// from it writes an item's records in another way.
//
// One thread.
#pragma once

#include "connector/shared/kept_file.h"
#include "naru/registry.h"

namespace naru {

class KeptTarget : public Target {
 public:
  // `head` stands before all records.
  KeptTarget(std::string path, const TargetContext& context, std::string head = "")
      : file_(std::move(path), context.flow, std::move(head)), takes_(context.takes) {}

  Status begin() override;
  Result<SpilledList<KnownItem>> known_items(const std::string& flow) override;
  Result<Committed> apply(const ChangeSet& changes) override;
  Status settle() override { return file_.publish(); }

 protected:
  // Sets `bytes` and `records`.
  virtual void write_records(const DocumentUpsert& upsert, PayloadKind takes, KeptFile::Change& change) const;

  const KeptFile& file() const { return file_; }

 private:
  KeptFile file_;
  const PayloadKind takes_;
  bool writes_ = false;
};

}  // namespace naru
