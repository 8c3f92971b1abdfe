// Personal data in a text, by rules: numbers that the Korean administration, banks and networks give to people, with
// their check digits; mail addresses; dates of birth; names and postal addresses where the words around them say so.
//
// Pure functions, any thread. Offsets are bytes of the text, which is UTF-8 in NFC. A number whose check digit holds is
// `checked`; one that only looks the part is found too, because masking too little is worse than too much, and because
// resident numbers given since October 2020 have no check digit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace naru {

enum class PersonalDataKind : std::uint8_t {
  resident_number,    // 주민등록번호, 900101-1234567
  foreigner_number,   // 외국인등록번호, the same with 5 to 8 after the dash
  business_number,    // 사업자등록번호, 123-45-67890
  corporate_number,   // 법인등록번호, 110111-1234567
  driver_licence,     // 운전면허번호, 11-23-456789-01 or 서울 23-456789-01
  passport,           // M12345678, M123A4567
  health_insurance,   // 건강보험증번호, 1-1234567890
  account,            // of a bank, by the words before it
  card,               // four groups of four, or 15 digits; or any such number whose check digit holds
  phone,
  email,
  ip_address,
  birth_date,         // by the words around it
  vehicle,            // 12가 3456
  person,             // by the words around it
  address,            // from a province or city to the number of the house
};
inline constexpr std::size_t kPersonalDataKinds = 16;

std::string_view personal_data_name(PersonalDataKind kind);  // "resident_number", ...
bool personal_data_from_name(std::string_view name, PersonalDataKind* kind);

struct PersonalData {
  PersonalDataKind kind;
  std::size_t start, end;
  bool checked = false;  // a check digit was there and holds
  bool operator==(const PersonalData&) const = default;
};

// In order, none inside another.
std::vector<PersonalData> find_personal_data(std::string_view text);

}  // namespace naru
