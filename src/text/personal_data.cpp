#include "text/personal_data.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>

#include "text/check_digits.h"
#include "text/personal_names.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::array<std::string_view, kPersonalDataKinds> kNames = {
    "resident_number", "foreigner_number", "business_number", "corporate_number", "driver_licence", "passport",
    "health_insurance", "account", "card", "phone", "email", "ip_address", "birth_date", "vehicle", "person",
    "address"};

// A label stands close before its value: "예금주 및 계좌번호(○○은행): ".
constexpr std::size_t kLabelBytesMax = 72;
constexpr std::size_t kGroupsMax = 6;  // of digits in one number
using Words = std::initializer_list<std::string_view>;

bool is_digit_at(std::string_view text, std::size_t at) {
  return at < text.size() && text[at] >= '0' && text[at] <= '9';
}
bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool has_any(std::string_view text, Words words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

// What stands before `at` on its line, as far as a label reaches.
std::string_view label_before(std::string_view text, std::size_t at) {
  const std::size_t from = at > kLabelBytesMax ? at - kLabelBytesMax : 0;
  std::string_view before = text.substr(from, at - from);
  if (const std::size_t line = before.rfind('\n'); line != std::string_view::npos) before.remove_prefix(line + 1);
  return before;
}

enum class Joint : std::uint8_t { none, dash, dot, blank };

// What joins two groups of digits at `at`, and its length: a dash also with blanks around it, as people type.
Joint joint_at(std::string_view text, std::size_t at, std::size_t* length) {
  const std::string_view rest = text.substr(at);
  for (const std::string_view dash : {"-", "–", "‐", "‑", "−", " - ", " – "}) {
    if (rest.substr(0, dash.size()) == dash) {
      *length = dash.size();
      return Joint::dash;
    }
  }
  *length = 1;
  if (rest.substr(0, 1) == ".") return Joint::dot;
  if (rest.substr(0, 1) == " ") return Joint::blank;
  return Joint::none;
}

// Groups of digits joined by one kind of mark: "010-1234-5678".
struct Number {
  std::size_t start = 0, end = 0;
  Joint joint = Joint::none;
  std::vector<std::string_view> groups;

  bool is(std::initializer_list<std::size_t> lengths) const {
    return std::equal(lengths.begin(), lengths.end(), groups.begin(), groups.end(),
                      [](std::size_t length, std::string_view group) { return length == group.size(); });
  }
  std::string digits() const {
    std::string all;
    for (const std::string_view group : groups) all += group;
    return all;
  }
};

// The longest number of one joint from `start` on. joint: which; none takes one group.
Number number_at(std::string_view text, std::size_t start, Joint joint) {
  Number number;
  number.start = start;
  number.joint = joint;
  std::size_t at = start;
  while (number.groups.size() <= kGroupsMax) {
    const std::size_t group = at;
    while (is_digit_at(text, at)) ++at;
    number.groups.push_back(text.substr(group, at - group));
    number.end = at;
    std::size_t length = 0;
    if (joint == Joint::none || joint_at(text, at, &length) != joint || !is_digit_at(text, at + length)) break;
    at += length;
  }
  return number;
}

int to_int(std::string_view digits) {
  int value = 0;
  for (const char c : digits.substr(0, 9)) value = value * 10 + (c - '0');
  return value;
}

bool is_month_and_day(std::string_view month, std::string_view day) {
  return to_int(month) >= 1 && to_int(month) <= 12 && to_int(day) >= 1 && to_int(day) <= 31;
}

bool is_year(std::string_view year) { return year.size() == 4 && to_int(year) >= 1900 && to_int(year) <= 2099; }

class Finder {
 public:
  explicit Finder(std::string_view text) : text_(text) {}

  std::vector<PersonalData> find() {
    for (std::size_t at = 0; at < text_.size();) {
      const std::size_t before = at;
      const char c = text_[at];
      if (is_digit_at(text_, at) || c == '+' || c == '(') {
        at = number_from(at);
      } else if (c == '@') {
        at = mail_around(at);
      } else if (c >= 'A' && c <= 'Z') {
        at = passport_from(at);
      }
      if (at == before) at = after_character(at);
    }
    add_names_and_addresses();
    return std::move(found_);
  }

 private:
  std::size_t after_character(std::size_t at) const {
    if (is_digit_at(text_, at)) {  // a group that is none is not looked at from its middle
      while (is_digit_at(text_, at)) ++at;
      return at;
    }
    next_code_point(text_, at);
    return at;
  }

  std::size_t add(PersonalDataKind kind, std::size_t start, std::size_t end, bool checked = false) {
    found_.push_back({kind, start, end, checked});
    return end;
  }

  bool label(std::size_t at, Words words) const { return has_any(label_before(text_, at), words); }

  // Where a number may begin: not inside a word, a longer number or an identifier.
  bool begins_at(std::size_t at) const {
    if (at == 0) return true;
    const char before = text_[at - 1];
    if (is_digit_at(text_, at - 1) || is_ascii_letter(before) || before == '_') return false;
    return !((before == '-' || before == '.' || before == '/') && at >= 2 &&
             (is_digit_at(text_, at - 2) || is_ascii_letter(text_[at - 2])));
  }

  std::size_t number_from(std::size_t at) {
    if (!begins_at(at)) return at;
    if (!is_digit_at(text_, at)) return phone_with_sign(at);
    if (const std::size_t end = phone_after_bracket(at, at); end != at) return end;
    if (const std::size_t end = birth_date_at(at); end != at) return end;
    if (const std::size_t end = vehicle_at(at); end != at) return end;
    if (const std::size_t end = address_of_four(at); end != at) return end;
    for (const Joint joint : {Joint::dash, Joint::none, Joint::dot, Joint::blank}) {
      const Number number = number_at(text_, at, joint);
      if (joint != Joint::none && number.groups.size() < 2) continue;
      if (number.end < text_.size() && (is_ascii_letter(text_[number.end]) || text_[number.end] == '_')) continue;
      const std::size_t end = joint == Joint::dash   ? dashed(number)
                              : joint == Joint::none ? bare(number)
                                                     : phone_or_card(number);
      if (end != at) return end;
      if (joint == Joint::dash) return number.end;  // of 2026-0033-781 no part is a number of its own
    }
    return at;
  }

  std::size_t dashed(const Number& number) {
    if (number.is({6, 7})) return by_birth(number);
    if (number.is({3, 2, 5})) {
      const bool checked = is_business_number(number.digits());
      if (checked || !label(number.start, {"계좌"})) {
        return add(PersonalDataKind::business_number, number.start, number.end, checked);
      }
    }
    if (number.is({2, 2, 6, 2})) return add(PersonalDataKind::driver_licence, number.start, number.end);
    if (number.is({2, 6, 2})) {
      if (const std::size_t region = region_before(number.start); region != number.start) {
        return add(PersonalDataKind::driver_licence, region, number.end);
      }
    }
    if (number.is({1, 10}) && (number.groups[0][0] != '0') && label(number.start, {"보험", "건강", "의료"})) {
      return add(PersonalDataKind::health_insurance, number.start, number.end);
    }
    if (const std::size_t end = phone_or_card(number); end != number.start) return end;
    return account(number);
  }

  // Six digits and seven: a person by the date of birth, a company by its register.
  std::size_t by_birth(const Number& number) {
    const std::string digits = number.digits();
    const std::string_view date = number.groups[0];
    const bool company = label(number.start, {"법인"}) || !is_month_and_day(date.substr(2, 2), date.substr(4, 2));
    if (company) {
      const bool checked = is_corporate_number(digits);
      return add(PersonalDataKind::corporate_number, number.start, number.end, checked);
    }
    const char century = digits[6];
    if (century >= '5' && century <= '8') {
      return add(PersonalDataKind::foreigner_number, number.start, number.end, is_foreigner_number(digits));
    }
    return add(PersonalDataKind::resident_number, number.start, number.end, is_resident_number(digits));
  }

  std::size_t bare(const Number& number) {
    const std::string_view digits = number.groups[0];
    const std::size_t start = number.start, end = number.end;
    if (digits.size() == 13 && is_month_and_day(digits.substr(2, 2), digits.substr(4, 2))) {
      if (is_resident_number(digits)) return add(PersonalDataKind::resident_number, start, end, true);
      if (is_foreigner_number(digits)) return add(PersonalDataKind::foreigner_number, start, end, true);
      if (label(start, {"주민"})) return add(PersonalDataKind::resident_number, start, end);
    }
    if (digits.size() == 10 && label(start, {"사업자"})) {
      return add(PersonalDataKind::business_number, start, end, is_business_number(digits));
    }
    if ((digits.size() == 16 || digits.size() == 15) && (is_luhn(digits) && label(start, {"카드", "card", "Card"}))) {
      return add(PersonalDataKind::card, start, end, true);
    }
    const bool mobile = digits.size() >= 10 && digits.size() <= 11 && digits.substr(0, 2) == "01";
    if (mobile && is_mobile(digits.substr(0, 3))) return add(PersonalDataKind::phone, start, end);
    return account(number);
  }

  static bool is_mobile(std::string_view code) {
    return code.size() == 3 && code.substr(0, 2) == "01" && (code[2] == '0' || code[2] == '1' || code[2] >= '6');
  }

  // Codes of areas and services (전기통신번호관리세칙): 02, 031 to 064, 070, 080, 050x. 1588-1234 is a firm's, never a
  // person's.
  static bool is_area(std::string_view code) {
    if (code == "02") return true;
    if (code.size() == 4) return code.substr(0, 3) == "050";
    return code.size() == 3 && code[0] == '0' && (code[1] >= '3' && code[1] <= '8');
  }

  std::size_t phone_or_card(const Number& number) {
    const auto& groups = number.groups;
    if (number.is({4, 4, 4, 4}) || number.is({4, 6, 5})) {
      return add(PersonalDataKind::card, number.start, number.end, is_luhn(number.digits()));
    }
    const auto is_rest = [&](std::size_t first) {
      return groups.size() == first + 2 && (groups[first].size() == 3 || groups[first].size() == 4) &&
             groups[first + 1].size() == 4;
    };
    const bool national = is_rest(1) && (is_mobile(groups[0]) || is_area(groups[0]));
    if (national) return add(PersonalDataKind::phone, number.start, number.end);
    return number.start;
  }

  // "+82-10-1234-5678", "(02) 123-4567".
  std::size_t phone_with_sign(std::size_t at) {
    if (!is_digit_at(text_, at + 1)) return at;
    if (text_[at] == '(') return phone_after_bracket(at, at + 1);
    const Number country = number_at(text_, at + 1, Joint::none);
    return country.groups[0].size() > 3 ? at : rest_of_phone(at, country.end);
  }

  // "02)123-4567" whose area is at `area`.
  std::size_t phone_after_bracket(std::size_t start, std::size_t area) {
    const Number code = number_at(text_, area, Joint::none);
    if (!is_area(code.groups[0]) || text_.substr(code.end, 1) != ")") return start;
    return rest_of_phone(start, code.end + 1);
  }

  std::size_t rest_of_phone(std::size_t start, std::size_t at) {
    while (at < text_.size() && (text_[at] == ' ' || text_[at] == '-')) ++at;
    if (!is_digit_at(text_, at)) return start;
    for (const Joint joint : {Joint::dash, Joint::blank, Joint::dot}) {
      const Number number = number_at(text_, at, joint);
      if (number.groups.size() >= 2 && number.groups.size() <= 4 && number.groups.back().size() >= 3 &&
          number.digits().size() >= 7 && number.digits().size() <= 12) {
        return add(PersonalDataKind::phone, start, number.end);
      }
    }
    return start;
  }

  // Of a bank: too many shapes to know by themselves, so the words before it tell.
  std::size_t account(const Number& number) {
    const std::size_t digits = number.digits().size();
    if (digits < 10 || digits > 16 || number.groups.size() > 4) return number.start;
    const bool named = label(number.start, {"계좌", "은행", "농협", "신협", "수협", "새마을금고", "우체국", "뱅크", "입금",
                                            "환급", "예금", "통장", "account", "Account"});
    return named ? add(PersonalDataKind::account, number.start, number.end) : number.start;
  }

  // "서울 " before the rest of a licence of the old form.
  std::size_t region_before(std::size_t at) const {
    if (at == 0 || text_[at - 1] != ' ') return at;
    for (const std::string_view region : {"서울", "부산", "경기", "강원", "충북", "충남", "전북", "전남", "경북", "경남",
                                          "제주", "대구", "인천", "광주", "대전", "울산"}) {
      if (at > region.size() && text_.substr(at - 1 - region.size(), region.size()) == region) {
        return at - 1 - region.size();
      }
    }
    return at;
  }

  // 1990-01-02, 1990.1.2, 1990. 1. 2., 1990년 1월 2일, 900102: a date is one of birth if the words around it say so.
  // 1953년생, 91년생.
  std::size_t birth_date_at(std::size_t at) {
    const std::size_t end = date_end(at);
    if (end == at) return born_in_year(at);
    const bool before = label(at, {"생년월일", "출생", "생일", "birth", "Birth", "DOB"}) && is_first_after_label(at);
    return before || is_born(end) ? add(PersonalDataKind::birth_date, at, end) : at;
  }

  std::size_t born_in_year(std::size_t at) {
    const std::string_view year = number_at(text_, at, Joint::none).groups[0];
    if (!is_year(year) && year.size() != 2) return at;
    const std::size_t end = at + year.size();
    return text_.substr(end, 6) == "년생" ? add(PersonalDataKind::birth_date, at, end + 6) : at;
  }

  // Behind a date that ends at `end` stands "생", and not "생활" or "생년월일".
  bool is_born(std::size_t end) const {
    for (const std::string_view born : {"생", " 생", ".생", ". 생", "출생", " 출생"}) {
      const std::size_t after = end + born.size();
      if (text_.substr(end, born.size()) != born) continue;
      if (text_.substr(after, 3) != "년" && text_.substr(after, 3) != "활") return true;
    }
    return false;
  }

  // Between the label and the date stands no other number: "생년월일 1990.1.2, 입사 2020.3.1".
  bool is_first_after_label(std::size_t at) const {
    const std::string_view before = label_before(text_, at);
    std::size_t label_end = 0;
    for (const std::string_view word : {"생년월일", "출생", "생일", "birth", "Birth", "DOB"}) {
      if (const std::size_t found = before.rfind(word); found != std::string_view::npos) {
        label_end = std::max(label_end, found + word.size());
      }
    }
    const std::string_view between = before.substr(label_end);
    return std::none_of(between.begin(), between.end(), [](char c) { return c >= '0' && c <= '9'; });
  }

  std::size_t date_end(std::size_t at) const {
    std::size_t read = at;
    std::array<std::string_view, 3> parts;
    constexpr std::array<std::string_view, 3> kUnits = {"년", "월", "일"};
    char mark = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::size_t start = read;
      while (is_digit_at(text_, read)) ++read;
      parts[i] = text_.substr(start, read - start);
      if (i == 0 && parts[0].size() == 6) {
        return !is_digit_at(text_, read) && text_.substr(read, 1) != "-" &&
                       is_month_and_day(parts[0].substr(2, 2), parts[0].substr(4, 2))
                   ? read
                   : at;
      }
      if (parts[i].empty() || parts[i].size() > (i == 0 ? 4U : 2U)) return at;
      if (text_.substr(read, 3) == kUnits[i]) {
        read += 3;
        if (i < 2 && text_.substr(read, 1) == " ") ++read;
      } else if (i < 2) {
        const char c = read < text_.size() ? text_[read] : 0;
        if ((c != '.' && c != '-' && c != '/') || (i == 1 && c != mark)) return at;
        mark = c;
        ++read;
        if (c == '.' && text_.substr(read, 1) == " ") ++read;
      }
    }
    const bool year = is_year(parts[0]) || parts[0].size() == 2;
    return year && is_month_and_day(parts[1], parts[2]) ? read : at;
  }

  // "12가 3456", "123가3456" (자동차등록번호판 고시).
  std::size_t vehicle_at(std::size_t at) {
    std::size_t read = at;
    while (is_digit_at(text_, read)) ++read;
    if (read - at < 2 || read - at > 3) return at;
    constexpr std::string_view kUses =
        "가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주바사아자허하호배";
    const std::string_view use = text_.substr(read, 3);
    if (use.size() < 3 || kUses.find(use) == std::string_view::npos || (kUses.find(use) % 3) != 0) return at;
    read += 3;
    if (text_.substr(read, 1) == " ") ++read;
    const std::size_t number = read;
    while (is_digit_at(text_, read)) ++read;
    const bool joined = text_.substr(read, 1) == "-" || text_.substr(read, 3) == "번";
    return read - number == 4 && !joined ? add(PersonalDataKind::vehicle, at, read) : at;
  }

  // IPv4. What is called a version is none.
  std::size_t address_of_four(std::size_t at) {
    const Number number = number_at(text_, at, Joint::dot);
    if (number.groups.size() != 4) return at;
    for (const std::string_view group : number.groups) {
      if (group.size() > 3 || to_int(group) > 255 || (group.size() > 1 && group[0] == '0')) return at;
    }
    const int net = to_int(number.groups[0]);
    if (net == 0 || net == 127 || net == 255) return at;  // nobody's: RFC 6890, masks
    if (label(at, {"버전", "version", "Version", "ver."})) return at;
    return add(PersonalDataKind::ip_address, number.start, number.end);
  }

  std::size_t mail_around(std::size_t at) {
    const auto is_local = [](char c) {
      return is_ascii_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '%' || c == '+' || c == '-';
    };
    std::size_t start = at, end = at + 1;
    while (start > 0 && at - start < 64 && is_local(text_[start - 1])) --start;  // RFC 5321, 4.5.3.1.1
    while (start < at && (text_[start] == '.' || text_[start] == '-')) ++start;
    const auto is_of_domain = [&](char c) { return is_local(c) && c != '%' && c != '+' && c != '_'; };
    while (end < text_.size() && end - at < 255 && is_of_domain(text_[end])) ++end;
    while (end > at && (text_[end - 1] == '.' || text_[end - 1] == '-' || text_[end - 1] == '_')) --end;
    const std::string_view domain = text_.substr(at + 1, end - std::min(end, at + 1));
    const std::size_t dot = domain.rfind('.');
    if (start == at || dot == std::string_view::npos || dot == 0 || domain.size() - dot < 3) return at;
    const std::string_view top = domain.substr(dot + 1);
    if (!std::all_of(top.begin(), top.end(), is_ascii_letter)) return at;
    while (!found_.empty() && found_.back().end > start) found_.pop_back();  // 01012345678@…: one thing, not two
    return add(PersonalDataKind::email, start, end);
  }

  // Korea's: a letter of its kind and eight digits, since 2021 three, a letter and four. Others where they are named.
  std::size_t passport_from(std::size_t at) {
    if (at > 0 && (is_ascii_letter(text_[at - 1]) || is_digit_at(text_, at - 1) || text_[at - 1] == '-')) return at;
    std::size_t end = at + 1;
    while (end < text_.size() && (is_digit_at(text_, end) || (text_[end] >= 'A' && text_[end] <= 'Z'))) ++end;
    if (end < text_.size() && (is_ascii_letter(text_[end]) || text_[end] == '_' || text_[end] == '-')) return at;
    const std::string_view tail = text_.substr(at + 1, end - at - 1);
    const auto digits = std::count_if(tail.begin(), tail.end(), [](char c) { return c >= '0' && c <= '9'; });
    const bool korean = std::string_view("MSROGDPT").find(text_[at]) != std::string_view::npos;
    const bool old_form = korean && tail.size() == 8 && digits == 8;
    const bool new_form = korean && tail.size() == 8 && digits == 7 && is_ascii_letter(tail[3]);
    const bool named = tail.size() >= 6 && tail.size() <= 8 && digits + 1 >= static_cast<std::ptrdiff_t>(tail.size()) &&
                       label(at, {"여권", "assport"});
    return old_form || new_form || named ? add(PersonalDataKind::passport, at, end) : at;
  }

  void add_names_and_addresses() {
    std::vector<PersonalData> others = find_addresses(text_);
    const std::vector<PersonalData> people = find_people(text_);
    others.insert(others.end(), people.begin(), people.end());
    std::vector<PersonalData> all = found_;
    for (const PersonalData& other : others) {
      const bool taken = std::any_of(all.begin(), all.end(), [&](const PersonalData& known) {
        return other.start < known.end && known.start < other.end;
      });
      if (!taken) all.push_back(other);
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.start < b.start; });
    found_ = std::move(all);
  }

  const std::string_view text_;
  std::vector<PersonalData> found_;
};

}  // namespace

std::string_view personal_data_name(PersonalDataKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

bool personal_data_from_name(std::string_view name, PersonalDataKind* kind) {
  const auto* found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return false;
  *kind = static_cast<PersonalDataKind>(found - kNames.begin());
  return true;
}

std::vector<PersonalData> find_personal_data(std::string_view text) { return Finder(text).find(); }

}  // namespace naru
