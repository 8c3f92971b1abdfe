// What is indexed of a chunk: its text, and the title, headings and file name that it stands under.
//
// The one place that says which text makes which postings: used where rows are indexed, where they are indexed anew and
// where `verify` compares. A RowAnalyzer belongs to one thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/lexical/row_terms.h"

namespace naru {

struct RowText {
  std::string_view body, title;
  std::span<const std::string> heading_path;
  std::string_view name;  // see indexed_name()
};

// The file name of an item, as far as it says something: the last part of its key; of a row of JSONL nothing, its key
// is an id.
std::string indexed_name(std::string_view format, std::string_view key);

// Analyses rows one after the other. What the row before had too (title, headings, name) is not analysed again.
class RowAnalyzer {
 public:
  // Valid until the next call.
  const RowTerms& analyze(const RowText& row);

 private:
  void analyze_line(Field field, std::string_view text);
  void analyze_headings(std::span<const std::string> path);

  RowTerms terms_;
  std::string title_, name_;          // what terms_ holds
  std::vector<std::string> headings_;
};

}  // namespace naru
