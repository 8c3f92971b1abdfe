// Forgetting a document: what would go, and the proof that it went. `naru forget` prints it; docs/format/truth.md
// ("Forgetting") says in which order things go and why.
//
// find_forgettable() (forgettable.cpp) reads only; StoreWriter::forget() does it. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "flow/forgotten.h"
#include "store/sqlite.h"
#include "store/traces.h"
#include "store/truth.h"

namespace naru {

class MemoFile;

struct ForgetProof {
  bool dry_run = false;
  bool again = false;    // it was forgotten before: what was left is purged and looked for once more
  std::string digest;    // keyed hash of flow and key: all that is kept; empty in a dry run

  // What went, or would go. `postings` and what follows `answers` count what the purge took along with the document:
  // it cannot be told of an earlier version whose it was.
  std::uint64_t documents = 0, chunks = 0, dead_chunks = 0, terms = 0, answers = 0;
  std::uint64_t generations = 0;         // of the past, its own
  std::uint64_t others_generations = 0;  // of the past of others, because they held what only it holds today
  std::uint64_t postings = 0, vectors = 0, contents = 0, memo = 0;
  std::vector<std::string> segments_before, segments_after;  // names are digests of their bytes

  // What was looked for afterwards, in every file: traces that only this document held, and how often they were found.
  Traces::Counts looked_for{}, occurrences{};
  std::uint64_t terms_found = 0;                         // of `terms`, in the dictionaries of segments
  std::uint64_t files = 0, bytes = 0, unpacked_bytes = 0;  // read; contents are also looked at unpacked
  std::vector<std::string> found_in;                     // files
  bool clean() const { return found_in.empty(); }
};

struct Forgettable {
  std::int64_t item = 0;                  // 0: there is none any more, only its past
  bool has_document = false;
  std::vector<std::int64_t> docs;         // ids that it has and had
  std::vector<std::int64_t> generations;  // rows: its own, and those of others that hold what only it holds today
  std::string flow, key;
  std::string version;                    // 32 bytes; empty where others have the same bytes, or there are none
  std::vector<std::string> answers;       // ids
  std::vector<std::string> terms;         // of segments, that no other live row has
  Traces traces;                          // that nothing else holds
  ForgetProof proof;
};

// not_found: no such item, today or in the past that is kept.
Result<Forgettable> find_forgettable(const StorePaths& paths, Database& truth, Database& content,
                                     const std::string& flow, const std::string& key);
// What one store keeps out, another keeps out too, by the same keyed hashes. Where the other already has hashes under a
// secret of its own, nothing is done: names that come back are told by the one that knows them.
Status keep_out(Database& from, Database& to);
// Reads every file below the store, the contents also unpacked, and the dictionaries of the segments; not the maps of
// the logs (-shm), which hold page numbers alone.
Status look_for(const StorePaths& paths, Database& truth, Database& content, MemoFile& memo, const Forgettable& gone,
                ForgetProof& proof);

Result<std::vector<std::string>> segment_names(Database& truth);

// Makes the secret where there is none.
Result<Forgotten> open_forgotten(Database& truth);
// Null: nothing was ever forgotten.
Result<std::shared_ptr<const Forgotten>> read_forgotten(Database& truth);

}  // namespace naru
