#include "text/check_digits.h"

#include <cstddef>

namespace naru {

namespace {

int value(char digit) { return digit - '0'; }

int resident_sum(std::string_view digits) {
  constexpr std::string_view kWeights = "234567892345";
  int sum = 0;
  for (std::size_t i = 0; i < kWeights.size(); ++i) sum += value(digits[i]) * value(kWeights[i]);
  return (11 - sum % 11) % 10;
}

}  // namespace

bool is_resident_number(std::string_view digits) {
  return digits.size() == 13 && resident_sum(digits) == value(digits[12]);
}

bool is_foreigner_number(std::string_view digits) {
  return digits.size() == 13 && (resident_sum(digits) + 2) % 10 == value(digits[12]);
}

bool is_business_number(std::string_view digits) {
  if (digits.size() != 10) return false;
  constexpr std::string_view kWeights = "137137135";
  int sum = 0;
  for (std::size_t i = 0; i < kWeights.size(); ++i) sum += value(digits[i]) * value(kWeights[i]);
  sum += value(digits[8]) * 5 / 10;
  return (10 - sum % 10) % 10 == value(digits[9]);
}

bool is_corporate_number(std::string_view digits) {
  if (digits.size() != 13) return false;
  int sum = 0;
  for (std::size_t i = 0; i < 12; ++i) sum += value(digits[i]) * (i % 2 == 0 ? 1 : 2);
  return (10 - sum % 10) % 10 == value(digits[12]);
}

bool is_luhn(std::string_view digits) {
  int sum = 0;
  bool doubled = false;
  for (std::size_t i = digits.size(); i-- > 0; doubled = !doubled) {
    const int twice = value(digits[i]) * 2;
    sum += doubled ? twice / 10 + twice % 10 : value(digits[i]);
  }
  return !digits.empty() && sum % 10 == 0;
}

}  // namespace naru
