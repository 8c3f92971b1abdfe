#include "store/forget.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "runtime/failpoint.h"
#include "runtime/files.h"
#include "runtime/random.h"
#include "runtime/trace.h"
#include "store/keyed_rows.h"
#include "store/pending.h"
#include "store/read_view.h"
#include "store/rooms.h"
#include "store/vector/codes.h"
#include "store/vector/vector_file.h"

namespace naru {

namespace {

constexpr std::size_t kSecretBytes = 32;  // as much as the hash that it keys

// `.naru/` is two folders deep; what is deeper is none of ours.
constexpr int kFolderDepthMax = 8;

// Every file below a folder, names with '/'.
Status list_files(const std::string& folder, int depth, std::vector<std::string>& files) {
  if (depth > kFolderDepthMax) return Error(Code::limit_exceeded, fmt::format("{} is nested too deep", folder));
  for (const std::string& name : NARU_TRY(list_folder(folder))) {
    const std::string path = join_path(folder, name);
    if (is_folder(path)) {
      NARU_TRY(list_files(path, depth + 1, files));
    } else {
      files.push_back(path);
    }
  }
  return {};
}

}  // namespace

Status look_for(const StorePaths& paths, Database& truth, Database& content, MemoFile& memo, const Forgettable& gone,
                ForgetProof& proof) {
  const Span span("Store::look_for");
  const auto look = [&](std::string_view bytes, const std::string& where) {
    Traces::Counts found{};
    gone.traces.count_in(bytes, found);
    bool any = false;
    for (std::size_t i = 0; i < found.size(); ++i) {
      proof.occurrences[i] += found[i];
      any = any || found[i] > 0;
    }
    if (any && std::find(proof.found_in.begin(), proof.found_in.end(), where) == proof.found_in.end()) {
      proof.found_in.push_back(where);
    }
  };
  std::vector<std::string> files;
  NARU_TRY(list_files(paths.root, 0, files));
  for (const std::string& path : files) {
    if (path.ends_with("-shm")) continue;
    const std::string where = path.substr(paths.root.size() + 1);
    ++proof.files;
    look("/" + where, where);
    const auto look_at = [&](std::string_view bytes) {
      proof.bytes += bytes.size();
      look(bytes, where);
    };
    if (path == paths.truth) {
      NARU_TRY(truth.each_piece(kTraceBytesMax - 1, look_at));
    } else if (path == paths.content) {
      NARU_TRY(content.each_piece(kTraceBytesMax - 1, look_at));
    } else if (path == paths.memo) {
      NARU_TRY(memo.each_piece(kTraceBytesMax - 1, look_at));
    } else {
      const MappedFile file = NARU_TRY(MappedFile::open(path));
      look_at(file.bytes());
    }
  }
  ContentReader reader(content);
  for (const std::int64_t id : NARU_TRY(content_ids(content))) {
    const std::string_view plain = NARU_TRY(reader.plain(id));
    proof.unpacked_bytes += plain.size();
    look(plain, "content.db");
  }
  for (const std::string& name : NARU_TRY(segment_names(truth))) {
    const auto segment = NARU_TRY(Segment::open(paths.segments, name));
    std::uint64_t found = 0;
    for (const std::string& term : gone.terms) {
      bool there = false;
      for (std::size_t f = 0; f < kFields; ++f) there = there || segment->find(term, static_cast<Field>(f));
      found += there ? 1 : 0;
    }
    proof.terms_found += found;
    if (found > 0) proof.found_in.push_back("segments/" + name + ".seg");
  }
  return {};
}

Result<std::vector<std::string>> segment_names(Database& truth) {
  std::vector<std::string> names;
  Statement rows = NARU_TRY(truth.prepare("SELECT name FROM segments ORDER BY name"));
  while (NARU_TRY(rows.step())) names.push_back(rows.text(0));
  return names;
}

// ---- what is kept: keyed hashes ----

namespace {

Result<Forgotten> filled(Database& truth, std::string secret) {
  Forgotten forgotten(std::move(secret));
  Statement rows = NARU_TRY(truth.prepare("SELECT item, version FROM forgotten"));
  while (NARU_TRY(rows.step())) forgotten.add(rows.text(0), rows.text(1));
  return forgotten;
}

constexpr std::string_view kReadSecret = "SELECT value FROM secrets WHERE name = 'forgotten'";

}  // namespace

Result<Forgotten> open_forgotten(Database& truth) {
  {
    Statement make = NARU_TRY(truth.prepare("INSERT OR IGNORE INTO secrets(name, value) VALUES ('forgotten', ?)"));
    NARU_TRY(make.blob(random_hex(kSecretBytes)).run());
  }
  Statement secret = NARU_TRY(truth.prepare(kReadSecret));
  if (!NARU_TRY(secret.step())) return Error(Code::internal, "the secret of what is forgotten was not stored");
  return filled(truth, secret.text(0));
}

Result<std::shared_ptr<const Forgotten>> read_forgotten(Database& truth) {
  const auto none = std::shared_ptr<const Forgotten>();
  Statement made = NARU_TRY(truth.prepare("SELECT 1 FROM sqlite_master WHERE name = 'forgotten'"));
  if (!NARU_TRY(made.step())) return none;  // of an earlier naru, and only read until now
  Statement secret = NARU_TRY(truth.prepare(kReadSecret));
  if (!NARU_TRY(secret.step())) return none;
  return std::make_shared<const Forgotten>(NARU_TRY(filled(truth, secret.text(0))));
}

Status keep_out(Database& from, Database& to) {
  Statement secret = NARU_TRY(from.prepare(kReadSecret));
  if (!NARU_TRY(secret.step())) return {};
  const auto transaction = NARU_TRY(Transaction::begin(to));
  Statement own = NARU_TRY(to.prepare(kReadSecret));
  const bool has_own = NARU_TRY(own.step());
  if (has_own && own.view(0) != secret.view(0)) {
    if (NARU_TRY(to.value("SELECT count(*) FROM forgotten")) > 0) return {};
  }
  {
    Statement put = NARU_TRY(to.prepare("INSERT OR REPLACE INTO secrets(name, value) VALUES ('forgotten', ?)"));
    NARU_TRY(put.blob(secret.view(0)).run());
  }
  Statement rows = NARU_TRY(from.prepare("SELECT item, version, purged FROM forgotten"));
  while (NARU_TRY(rows.step())) {
    Statement put =
        NARU_TRY(to.prepare("INSERT OR IGNORE INTO forgotten(item, version, purged) VALUES (?, ?, ?)"));
    NARU_TRY(put.blob(rows.view(0)).blob(rows.view(1)).bind(rows.integer(2)).run());
  }
  return transaction->commit();
}

// ---- the writer's part ----

Result<ForgetProof> StoreWriter::forget(const std::string& flow, const std::string& key) {
  Span span("StoreWriter::forget");
  NARU_TRY(may_write(paths_));
  const Forgotten forgotten = NARU_TRY(open_forgotten(*truth_));
  Result<Forgettable> found = find_forgettable(paths_, *truth_, *content_, flow, key);
  const bool again = !found && found.error().code() == Code::not_found && forgotten.has_item(flow, key);
  if (!found && !again) return std::move(found).error();
  Forgettable gone;
  if (found) {
    gone = std::move(*found);
    const Status hidden = hide(gone, forgotten);
    if (!hidden) {
      forget_caches();
      return hidden.error();
    }
    NARU_FAILPOINT("forget.after_truth");
  } else {
    gone.proof.again = true;
    gone.proof.segments_before = NARU_TRY(segment_names(*truth_));
    gone.traces.add_path(TraceKind::path, key);
    NARU_TRY(keep_own_paths(gone.traces));
  }
  ForgetProof proof = std::move(gone.proof);
  proof.looked_for = gone.traces.kept();
  proof.digest = Sha256::from_bytes(forgotten.item_hash(flow, key)).hex();
  NARU_TRY_AT(purge(proof), "it is hidden from everyone; what is left of it goes when the command is run again");
  NARU_TRY(look_for(paths_, *truth_, *content_, *memo_, gone, proof));
  if (!proof.clean()) return proof;
  NARU_FAILPOINT("forget.before_done");
  NARU_TRY(truth_->execute("UPDATE forgotten SET purged = 1"));
  NARU_TRY(truth_->truncate_log());
  return proof;
}

// One transaction: the document is gone for every reader, its hash is there, and the purge is owed.
Status StoreWriter::hide(const Forgettable& gone, const Forgotten& forgotten) {
  Pending pending;
  const auto transaction = NARU_TRY(Transaction::begin(*truth_));
  pending.epoch = NARU_TRY(read_epoch(*truth_)) + 1;
  NARU_TRY(remove_document(gone.item, pending));
  for (const std::int64_t generation : gone.generations) {
    Statement drop = NARU_TRY(truth_->prepare("DELETE FROM generations WHERE rowid = ? RETURNING content"));
    drop.bind(generation);
    if (NARU_TRY(drop.step())) pending.old_contents.push_back(drop.integer(0));
  }
  for (const std::int64_t doc : gone.docs) {
    for (const char* sql : {"DELETE FROM chunks WHERE doc = ?", "DELETE FROM items WHERE id = ?"}) {
      Statement drop = NARU_TRY(truth_->prepare(sql));
      NARU_TRY(drop.bind(doc).run());
    }
  }
  // Dead rows that no generation that is left covers: of what went from the history of others.
  NARU_TRY(truth_->execute(
      "DELETE FROM chunks WHERE died IS NOT NULL AND NOT EXISTS (SELECT 1 FROM generations WHERE "
      "generations.doc = chunks.doc AND generations.born < chunks.died AND generations.died > chunks.born)"));
  NARU_TRY(truth_->execute("DELETE FROM labels WHERE id NOT IN (SELECT label FROM items) "
                           "AND id NOT IN (SELECT label FROM generations)"));
  for (const std::string& id : gone.answers) {
    Statement drop = NARU_TRY(truth_->prepare("DELETE FROM answers WHERE id = ?"));
    NARU_TRY(drop.bind(id).run());
  }
  NARU_TRY(drop_from_rooms(*truth_, gone.traces));
  NARU_TRY(forget_keyed_item(*truth_, gone.flow, gone.key));
  {
    Statement keep =
        NARU_TRY(truth_->prepare("INSERT OR REPLACE INTO forgotten(item, version, purged) VALUES (?, ?, 0)"));
    keep.blob(forgotten.item_hash(gone.flow, gone.key));
    keep.blob(gone.version.empty() ? "" : forgotten.version_hash(Sha256::from_bytes(gone.version)));
    NARU_TRY(keep.run());
  }
  for (auto& [base, segments] : segments_) NARU_TRY(segments.save());
  NARU_TRY(advance_epoch(pending));
  NARU_FAILPOINT("forget.before_truth");
  NARU_TRY(transaction->commit());
  old_contents_.insert(old_contents_.end(), pending.old_contents.begin(), pending.old_contents.end());
  return {};
}

// The name alone is looked for when its document is long gone: others may bear it.
Status StoreWriter::keep_own_paths(Traces& traces) {
  for (const char* sql : {"SELECT key || char(10) || reject_message FROM items", "SELECT title FROM docs",
                          "SELECT key || char(10) || title FROM generations", "SELECT name FROM tags",
                          "SELECT name FROM flows", "SELECT name FROM bases"}) {
    Statement rows = NARU_TRY(truth_->prepare(sql));
    while (NARU_TRY(rows.step())) traces.drop_found_in(rows.view(0));
  }
  if (NARU_TRY(has_rooms(*truth_))) {
    Statement rooms = NARU_TRY(truth_->prepare("SELECT person || char(10) || name FROM rooms"));
    while (NARU_TRY(rooms.step())) traces.drop_found_in(rooms.view(0));
  }
  ContentReader reader(*content_);
  for (const std::int64_t id : NARU_TRY(content_ids(*content_))) traces.drop_found_in(NARU_TRY(reader.plain(id)));
  return {};
}

// Needs no name: everything that nothing names goes, whosever it was. So it may be begun again at any time.
Status StoreWriter::purge(ForgetProof& proof) {
  const Span span("StoreWriter::purge");
  for (const BaseEntry& base : NARU_TRY(read_bases(*truth_))) {
    proof.postings += NARU_TRY(NARU_TRY(segments_of(base.id))->drop_dead());
  }
  NARU_FAILPOINT("forget.after_segments");
  const std::size_t contents = NARU_TRY(content_ids(*content_)).size();
  NARU_TRY(collect_garbage());
  for (const std::string& folder : {paths_.segments, paths_.vectors}) NARU_TRY(sync_folder(folder));  // for good
  proof.contents += contents - NARU_TRY(content_ids(*content_)).size();
  NARU_TRY(content_->scrub());
  NARU_FAILPOINT("forget.after_content");
  proof.vectors += NARU_TRY(erase_unnamed_vectors());
  NARU_FAILPOINT("forget.after_vectors");
  proof.memo += NARU_TRY(memo_->clear());
  NARU_FAILPOINT("forget.after_memo");
  NARU_TRY(truth_->scrub());
  proof.segments_after = NARU_TRY(segment_names(*truth_));
  return {};
}

namespace {

// Codes go before their rows do, so that none outlives its row however the forgetting ends; they are made anew from the
// rows that stay, centre and all.
Status remove_codes_of_erased(const VectorRows& rows, const std::string& folder, const std::string& name,
                              const Bitmap& named) {
  for (std::uint64_t i = 0; i < rows.rows(); ++i) {
    if (!named.test(i) && !rows.erased(i)) return remove_codes(folder, name);
  }
  return {};
}

}  // namespace

// Rows that no chunk names, alive or dead within the day. Their numbers stay: segments name the rows behind them.
Result<std::uint64_t> StoreWriter::erase_unnamed_vectors() {
  const std::lock_guard lock(vectors_mutex_);
  vectors_.clear();
  coded_.clear();
  std::uint64_t erased = 0;
  for (const VectorEntry& entry : NARU_TRY(read_vectors(*truth_))) {
    Bitmap named(entry.rows, false);
    Statement rows = NARU_TRY(truth_->prepare("SELECT DISTINCT vector FROM chunks WHERE model = ?"));
    rows.bind(entry.id);
    while (NARU_TRY(rows.step())) {
      if (static_cast<std::uint64_t>(rows.integer(0)) < entry.rows) {
        named.set(static_cast<std::size_t>(rows.integer(0)));
      }
    }
    const std::string name = vector_file_name(entry.model);
    NARU_TRY(remove_codes_of_erased(*NARU_TRY(open_vectors(paths_, entry)), paths_.vectors, name, named));
    erased += NARU_TRY(erase_vectors(paths_.vectors, name, entry.model.dims, entry.rows, named));
  }
  NARU_TRY(code_vectors());
  return erased;
}

// What a forgetting that died still owes is done by whoever opens the store next.
Status StoreWriter::finish_forgetting() {
  if (NARU_TRY(truth_->value("SELECT count(*) FROM forgotten WHERE purged = 0")) == 0) return {};
  ForgetProof proof;
  const Status purged = purge(proof);
  if (!purged && purged.error().code() == Code::timeout) return {};  // someone reads: the next one tries again
  NARU_TRY(purged);
  return truth_->execute("UPDATE forgotten SET purged = 1");
}

Result<bool> StoreWriter::unforget(const std::string& flow, const std::string& key) {
  NARU_TRY(may_write(paths_));
  const Forgotten forgotten = NARU_TRY(open_forgotten(*truth_));
  if (!forgotten.has_item(flow, key)) return false;
  Statement drop = NARU_TRY(truth_->prepare("DELETE FROM forgotten WHERE item = ?"));
  NARU_TRY(drop.blob(forgotten.item_hash(flow, key)).run());
  return true;
}

}  // namespace naru
