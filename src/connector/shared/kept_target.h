// KeptTarget: a target that is one file, kept equal to the source by a KeptFile; how an item's records are written is
// the affair of whoever derives from it.
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
  Result<std::vector<KnownItem>> known_items(const std::string& flow) override;
  Result<Committed> apply(const ChangeSet& changes) override;
  Status settle() override { return file_.publish(); }

 protected:
  // Sets `bytes` and `records`.
  virtual void write_records(const DocumentUpsert& upsert, PayloadKind takes, KeptFile::Change& change) const = 0;

  const KeptFile& file() const { return file_; }

 private:
  KeptFile file_;
  const PayloadKind takes_;
  bool writes_ = false;
};

}  // namespace naru
