// What a model says it read, held to the text that it read: what does not stand there becomes null. Pure; any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "naru/value.h"

namespace naru {

class SaidText {
 public:
  explicit SaidText(std::string_view text);

  // A text stands there if it does with other case and blanks, an empty one never; a number if its value does ("1,200"
  // for 1200); a date (2026-03-01) if year, month and day do as numbers. True and false cannot be looked up. `free`:
  // texts that need not stand there, names of kinds say.
  void keep_what_stands(Value& value, const std::set<std::string>& free) const;

 private:
  bool has(const std::string& text) const;
  bool has_date(std::string_view date) const;

  std::string folded_;
  std::set<double> numbers_;
};

}  // namespace naru
