// Questions of a benchmark: {"_id","text"} a line. Used by the programs of this folder only.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "config/model_spec.h"
#include "naru/result.h"
#include "runtime/files.h"

namespace naru {

struct BenchQuestion {
  std::string id, text;
};

inline Result<std::vector<BenchQuestion>> read_questions(const std::string& path) {
  const std::string text = NARU_TRY(read_file(path));
  std::vector<BenchQuestion> questions;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) {
      const Json line = NARU_TRY_AT(parse_json(std::string_view(text).substr(at, end - at)), path);
      questions.push_back({line.value("_id", ""), line.value("text", "")});
    }
    at = end + 1;
  }
  return questions;
}

// "stub", or a name or role of the catalogue.
inline ModelSpec model_named(const std::string& name) {
  ModelSpec spec;
  spec.kind = name == "stub" ? ModelSpec::Kind::stub : ModelSpec::Kind::local;
  spec.name = name;
  return spec;
}

}  // namespace naru
