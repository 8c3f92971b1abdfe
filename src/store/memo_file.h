// The memo on disk: a cache of what steps made, by key. It may be lost at any time, and nothing that goes wrong with it
// is worth a run: a damaged one is thrown away, whenever that shows. get() and put() from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "naru/id.h"
#include "naru/result.h"
#include "store/sqlite.h"

namespace naru {

class MemoFile {
 public:
  static Result<std::unique_ptr<MemoFile>> open(const std::string& path);

  Result<std::optional<std::string>> get(const Id128& key);
  Status put(const Id128& key, std::string_view value);  // durable after flush(), or a put a second later
  Status flush();
  Result<std::uint64_t> clear();  // leaves nothing in the file; how many values there were
  Status each_piece(std::size_t overlap, const std::function<void(std::string_view)>& piece);  // of its file
  Status trim();  // drops the oldest values where there are too many bytes of them
  std::string take_notice();  // that it was damaged and made anew, once; else empty

 private:
  explicit MemoFile(std::string path) : path_(std::move(path)) {}
  template <class Call>
  auto on_whole_file(Call call) -> decltype(call());
  Status make_anew(const Error& damage);
  Status commit();

  const std::string path_;
  std::mutex mutex_;  // protects all that follows
  std::string notice_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Transaction> transaction_;
  std::int64_t begun_ns_ = 0;  // the transaction
};

}  // namespace naru
