// SourceReader: the bytes of a document as its source has them now.
//
// Each source is made once, whatever the number of documents. One thread; the engine outlives it.
#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <string>

#include "app/engine.h"

namespace naru {

class SourceReader {
 public:
  SourceReader(const Engine& engine, std::stop_token stop) : engine_(engine), stop_(std::move(stop)) {}

  struct Found {
    std::string bytes;
    bool has_byte_places = true;  // false: places are in a field of it (a row of a jsonl file)
  };

  // not_found: the source no longer has it; unavailable: naru.yaml no longer has the flow.
  Result<Found> read(const std::string& flow, const std::string& key);

 private:
  Result<Source*> open(const std::string& flow);

  const Engine& engine_;
  const std::stop_token stop_;
  std::map<std::string, std::unique_ptr<Source>> opened_;
};

}  // namespace naru
