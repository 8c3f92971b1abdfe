#include "connector/shared/kept_target.h"

#include "connector/shared/record_json.h"
#include "flow/state.h"

namespace naru {

namespace {

KnownItem known(const Item& item, const Sha256& version, const Id128& pipeline, const Id128& label) {
  return {item.key, item.fingerprint, version, item.version_order, pipeline, label, "", ""};
}

}  // namespace

Status KeptTarget::begin() {
  writes_ = true;
  return file_.open();
}

Result<SpilledList<KnownItem>> KeptTarget::known_items(const std::string&) {
  if (!writes_) NARU_TRY(file_.open_to_read());
  return file_.known_items();
}

Result<Committed> KeptTarget::apply(const ChangeSet& changes) {
  std::vector<KeptFile::Change> kept;
  for (const DocumentUpsert& upsert : changes.upserts) {
    KeptFile::Change& change = kept.emplace_back();
    change.known = known(upsert.item, upsert.version, changes.pipeline, hash_label(upsert.label));
    write_records(upsert, takes_, change);
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

void KeptTarget::write_records(const DocumentUpsert& upsert, PayloadKind takes, KeptFile::Change& change) const {
  JsonLinesOf lines = json_lines_of(upsert, takes);
  change.bytes = std::move(lines.bytes);
  change.records = lines.records;
}

}  // namespace naru
