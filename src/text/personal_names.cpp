#include "text/personal_names.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::size_t kSyllable = 3;  // bytes of one Hangul syllable in UTF-8

// Family names of 99 % of the people (통계청, 2015 인구주택총조사), without those that are mostly particles or words.
constexpr std::string_view kFamilyNames =
    "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류나진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용";
constexpr std::array<std::string_view, 7> kTwoSyllableNames = {"남궁", "황보", "제갈", "사공", "선우", "독고", "서문"};

// Before a name: what it is of, or the rank of who bears it.
constexpr std::array<std::string_view, 102> kTitles = {
    "성명", "이름", "성함", "담당자", "담당", "대표자", "대표이사", "대표", "신청인", "신청자", "민원인", "환자", "환자명", "보호자", "예금주",
    "수신인", "수신자", "발신인", "작성자", "책임자", "연락인", "위원장", "위원", "교수", "강사", "의사", "간호사", "변호사", "판사", "검사",
    "사무관", "주무관", "서기관", "전문관", "담당관", "연구원", "연구사", "소장", "원장", "실장", "국장", "과장", "팀장", "부장", "차장",
    "대리", "사원", "주임", "센터장", "단장", "청장", "이사", "감사", "회장", "총장", "학장", "교장", "교사", "계약자", "피보험자", "임차인",
    "임대인", "근로자", "전결", "원고", "피고", "명", "자명", "후보", "전공의", "전문의", "주치의", "집도의", "약사", "수검자", "제보자",
    "신고자", "신고인", "피해자", "위임인", "수임인", "대리인", "채무자", "채권자", "보증인", "상속인", "배우자", "자녀", "조합원", "학생",
    "수험생", "지원자", "응시자", "입주자", "세대주", "소유자", "사용자", "가입자", "수급자", "고발인", "고소인", "증인"};
// After a name.
constexpr std::array<std::string_view, 31> kForms = {
    "씨", "님", "귀하", "군", "양", "사무관", "주무관", "과장", "팀장", "부장", "차장", "대리", "사원", "주임", "약사", "교사", "교수",
    "박사", "선생", "원장", "소장", "실장", "국장", "변호사", "위원", "대표", "이사", "간호사", "의사", "(만", "(남"};
// Words that look like names beside a title.
constexpr std::array<std::string_view, 45> kNoNames = {
    "연락처", "전화번", "주소", "정보", "전결", "이상", "이하", "안내", "고객", "고객님", "신청", "신청인", "서명", "성명", "지원", "지정",
    "제출", "주민", "주무관", "전문관", "사무관", "기관", "기타", "문의", "심사", "심의", "유의", "인원", "정부", "조사", "조치", "진행",
    "현황", "이메일", "소속", "직위", "장관", "차장", "과장", "한국", "진흥원", "공무원", "위생과", "민원과", "천안시"};
// What a name may be followed by at once: particles and marks.
constexpr std::array<std::string_view, 14> kParticles = {
    "은", "는", "이", "가", "을", "를", "의", "에게", "와", "과", "께", "도", "으로", "로"};

template <std::size_t N>
bool is_among(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

template <std::size_t N>
bool ends_with_any(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return text.size() >= word.size() && text.substr(text.size() - word.size()) == word;
  });
}

// A run of Hangul syllables at bytes [start, end).
struct Word {
  std::size_t start, end;
};

std::vector<Word> hangul_words(std::string_view text) {
  std::vector<Word> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    std::size_t end = at;
    while (at < text.size() && is_hangul_syllable(next_code_point(text, at))) end = at;
    if (end != start) words.push_back({start, end});
    if (end != start) at = end;
  }
  return words;
}

bool has_family_name(std::string_view word) {
  if (word.size() >= 2 * kSyllable && is_among(word.substr(0, 2 * kSyllable), kTwoSyllableNames)) return true;
  for (std::size_t i = 0; i < kFamilyNames.size(); i += kSyllable) {
    if (kFamilyNames.substr(i, kSyllable) == word.substr(0, kSyllable)) return true;
  }
  return false;
}

// The name that a word is or begins with, in bytes; 0: none. "김나루는" is "김나루".
std::size_t name_length(std::string_view word) {
  const std::size_t syllables = word.size() / kSyllable;
  if (syllables < 2 || !has_family_name(word)) return 0;
  const bool two = is_among(word.substr(0, 2 * kSyllable), kTwoSyllableNames);
  const std::size_t whole = two ? 4 : 3;
  if (syllables <= whole) return is_among(word, kNoNames) ? 0 : word.size();
  const std::string_view rest = word.substr(whole * kSyllable);
  if (is_among(rest, kParticles) || is_among(rest, kForms)) return whole * kSyllable;
  return 0;
}

// What joins a label to its value: blanks, a colon, a bracket.
bool is_joint(std::string_view between) {
  if (between.empty() || between.size() > 8) return false;
  return between.find_first_not_of(" :()\t|·-") == std::string_view::npos;
}

// Who was named once with a title is meant without one too.
std::vector<PersonalData> with_repetitions(std::string_view text, const std::vector<Word>& words,
                                           std::vector<PersonalData> found) {
  std::unordered_set<std::string_view> names;
  std::unordered_set<std::size_t> starts;
  for (const PersonalData& person : found) {
    starts.insert(person.start);
    if (person.end - person.start >= 3 * kSyllable) names.insert(text.substr(person.start, person.end - person.start));
  }
  for (const Word& word : words) {
    if (starts.contains(word.start)) continue;
    const std::string_view whole = text.substr(word.start, word.end - word.start);
    const std::size_t length = name_length(whole);
    if (length != 0 && names.contains(whole.substr(0, length))) {
      found.push_back({PersonalDataKind::person, word.start, word.start + length, false});
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.start < b.start; });
  return found;
}

}  // namespace

std::vector<PersonalData> find_people(std::string_view text) {
  std::vector<PersonalData> found;
  const std::vector<Word> words = hangul_words(text);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto text_of = [&](const Word& word) { return text.substr(word.start, word.end - word.start); };
    const std::string_view word = text_of(words[i]);
    const std::size_t length = name_length(word);
    if (length == 0) continue;
    const bool titled = i > 0 && ends_with_any(text_of(words[i - 1]), kTitles) &&
                        is_joint(text.substr(words[i - 1].end, words[i].start - words[i - 1].end));
    const std::string_view glued = word.substr(length);
    const std::string_view after = text.substr(words[i].end, 6);
    bool addressed = is_among(glued, kForms);
    if (!addressed && glued.empty() && i + 1 < words.size() && words[i + 1].start == words[i].end + 1 &&
        after.substr(0, 1) == " ") {
      std::string_view next = text_of(words[i + 1]);
      addressed = length >= 3 * kSyllable && std::any_of(kForms.begin(), kForms.end(), [&](std::string_view form) {
        return next.substr(0, form.size()) == form && next.size() <= form.size() + 2 * kSyllable;
      });
    }
    if (!titled && !addressed) continue;
    if (titled && length < 3 * kSyllable && !addressed) continue;  // two syllables are most often a word
    found.push_back({PersonalDataKind::person, words[i].start, words[i].start + length, false});
  }
  return with_repetitions(text, words, std::move(found));
}

namespace {

constexpr std::array<std::string_view, 51> kProvinces = {
    "서울특별시", "부산광역시", "대구광역시", "인천광역시", "광주광역시", "대전광역시", "울산광역시", "세종특별자치시", "경기도", "강원특별자치도", "강원도",
    "충청북도", "충청남도", "전북특별자치도", "전라북도", "전라남도", "경상북도", "경상남도", "제주특별자치도", "제주도", "서울시", "부산시", "대구시",
    "인천시", "광주시", "대전시", "울산시", "세종시", "서울", "부산", "대구", "인천", "광주", "대전", "울산", "세종", "경기", "강원", "충북",
    "충남", "전북", "전남", "경북", "경남", "제주", "수원시", "성남시", "고양시", "용인시", "창원시", "청주시"};
constexpr std::array<std::string_view, 9> kDistricts = {"시", "군", "구", "읍", "면", "동", "리", "로", "길"};
// After the number of the house.
constexpr std::array<std::string_view, 6> kHouseParts = {"번길", "번지", "동", "호", "층", "가길"};
constexpr std::size_t kAddressWordsMax = 14;

struct AddressWord {
  std::size_t start, end;
};

AddressWord next_address_word(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] == ' ') ++at;
  std::size_t end = at;
  while (end < text.size()) {
    std::size_t next = end;
    const char32_t c = next_code_point(text, next);
    if (c == U' ' || c == U'\n' || c == U'\t' || c == U'(' || c == U')' || c == U'|' || c == U'<' || c == U']') break;
    end = next;
    if (c == U',') break;
  }
  return {at, end};
}

std::string_view without_comma(std::string_view word) {
  if (!word.empty() && (word.back() == ',' || word.back() == '.' || word.back() == ';')) word.remove_suffix(1);
  return word;
}

bool has_number(std::string_view word) {
  return !word.empty() && word.front() >= '0' && word.front() <= '9';
}

bool is_house_number(std::string_view word) {
  if (!has_number(word)) return false;
  const std::size_t digits = std::min(word.find_first_not_of("0123456789-"), word.size());
  const std::string_view rest = word.substr(digits);
  return rest.empty() || std::any_of(kHouseParts.begin(), kHouseParts.end(), [&](std::string_view part) {
    return rest.substr(0, part.size()) == part;
  });
}

}  // namespace

std::vector<PersonalData> find_addresses(std::string_view text) {
  std::vector<PersonalData> found;
  for (std::size_t at = 0; at < text.size();) {
    const AddressWord first = next_address_word(text, at);
    if (first.end == first.start) {  // a mark or the end of a line
      at = first.end;
      if (at < text.size()) next_code_point(text, at);
      continue;
    }
    at = first.end;
    if (!is_among(text.substr(first.start, first.end - first.start), kProvinces)) continue;
    // Districts and streets, then the number of the house, then the building and the flat.
    std::size_t end = 0, read = first.end;
    bool in_house = false;
    std::size_t districts = 0;
    for (std::size_t i = 0; i < kAddressWordsMax; ++i) {
      if (text.substr(read, 1) != " ") break;
      const AddressWord word = next_address_word(text, read);
      const std::string_view whole = text.substr(word.start, word.end - word.start);
      const std::string_view bare = without_comma(whole);
      if (bare.empty()) break;
      const bool house = is_house_number(bare);
      const bool ends_in_district = !has_number(bare) && ends_with_any(bare, kDistricts);
      if (house) {
        in_house = true;
        end = word.start + bare.size();
      } else if (!in_house && ends_in_district) {
        ++districts;
      } else if (in_house && (ends_with_any(bare, kHouseParts) || bare.size() >= 3 * kSyllable)) {
        if (ends_with_any(bare, kParticles) && !ends_with_any(bare, kHouseParts)) break;
        end = word.start + bare.size();  // a building
        if (!ends_with_any(bare, kHouseParts)) {
          read = word.end;
          const AddressWord more = next_address_word(text, read);
          if (text.substr(read, 1) != " " || !is_house_number(text.substr(more.start, more.end - more.start))) break;
          continue;
        }
      } else {
        break;
      }
      read = word.end;
      if (whole.size() != bare.size() && whole.back() != ',') break;
    }
    if (end != 0 && districts > 0) {
      found.push_back({PersonalDataKind::address, first.start, end, false});
      at = end;
    }
  }
  return found;
}

}  // namespace naru
