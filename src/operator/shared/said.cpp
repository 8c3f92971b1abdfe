#include "operator/shared/said.h"

#include <algorithm>
#include <cstdlib>

#include "text/unicode.h"

namespace naru {

namespace {

std::string folded(std::string_view text) { return case_fold(fold_white_space(nfc(text))); }

bool is_digit_byte(char c) { return c >= '0' && c <= '9'; }

// All numbers of a text; a comma between a digit and three digits groups them.
std::set<double> numbers_of(std::string_view text) {
  std::set<double> numbers;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_digit_byte(text[at])) {
      ++at;
      continue;
    }
    std::string digits;
    const auto digit_at = [&](std::size_t place) { return place < text.size() && is_digit_byte(text[place]); };
    for (bool fraction = false; at < text.size(); ++at) {
      const char c = text[at];
      if (is_digit_byte(c)) {
        digits += c;
      } else if (c == '.' && !fraction && digit_at(at + 1)) {
        fraction = true;
        digits += c;
      } else if (c == ',' && !fraction && digit_at(at + 1) && digit_at(at + 2) && digit_at(at + 3) &&
                 !digit_at(at + 4)) {
        continue;
      } else {
        break;
      }
    }
    numbers.insert(std::strtod(digits.c_str(), nullptr));
    if (const std::size_t dot = digits.find('.'); dot != std::string::npos) {  // 2026.3 of 2026.3.1 too
      numbers.insert(std::strtod(digits.substr(0, dot).c_str(), nullptr));
      numbers.insert(std::strtod(digits.substr(dot + 1).c_str(), nullptr));
    }
  }
  return numbers;
}

}  // namespace

SaidText::SaidText(std::string_view text) : folded_(folded(text)), numbers_(numbers_of(folded_)) {}

bool SaidText::has(const std::string& text) const {
  return folded_.find(folded(text)) != std::string::npos || has_date(text);
}

bool SaidText::has_date(std::string_view date) const {
  if (date.size() != 10 || date[4] != '-' || date[7] != '-') return false;
  for (std::size_t at = 0; at < date.size(); ++at) {
    if (at != 4 && at != 7 && !is_digit_byte(date[at])) return false;
  }
  const auto part = [&](std::size_t from, std::size_t count) {
    return std::strtod(std::string(date.substr(from, count)).c_str(), nullptr);
  };
  return numbers_.contains(part(0, 4)) && numbers_.contains(part(5, 2)) && numbers_.contains(part(8, 2));
}

void SaidText::keep_what_stands(Value& value, const std::set<std::string>& free) const {
  if (const std::string* text = value.text()) {
    if (!free.contains(*text) && (text->empty() || !has(*text))) value = Value();
  } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    if (!numbers_.contains(std::abs(static_cast<double>(*whole)))) value = Value();
  } else if (const auto* number = std::get_if<double>(&value)) {
    if (!numbers_.contains(std::abs(*number))) value = Value();
  } else if (auto* list = std::get_if<ValueList>(&value)) {
    for (Value& one : *list) keep_what_stands(one, free);
    std::erase_if(*list, [](const Value& one) { return one.is_null(); });
  } else if (auto* fields = std::get_if<Fields>(&value)) {
    for (NamedValue& field : *fields) keep_what_stands(field.value, free);
  }
}

}  // namespace naru
