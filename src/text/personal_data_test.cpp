#include "text/personal_data.h"

#include <gtest/gtest.h>

#include <string>

#include "text/check_digits.h"

namespace naru {
namespace {

// "kind text; kind text", with ! behind what has a check digit that holds.
std::string found(std::string_view text) {
  std::string all;
  for (const PersonalData& one : find_personal_data(text)) {
    if (!all.empty()) all += "; ";
    all += personal_data_name(one.kind);
    all += ' ';
    all += text.substr(one.start, one.end - one.start);
    if (one.checked) all += '!';
  }
  return all;
}

TEST(CheckDigits, HoldForNumbersMadeByTheirRuleAndForNoOther) {
  EXPECT_TRUE(is_resident_number("9001011234568"));
  EXPECT_FALSE(is_resident_number("9001011234567"));
  EXPECT_TRUE(is_foreigner_number("9001015234561"));
  EXPECT_TRUE(is_business_number("1248100998"));
  EXPECT_FALSE(is_business_number("1248100997"));
  EXPECT_TRUE(is_corporate_number("1301110006246"));
  EXPECT_TRUE(is_luhn("4111111111111111"));
  EXPECT_FALSE(is_luhn("4111111111111112"));
  EXPECT_FALSE(is_luhn(""));
}

TEST(PersonalData, NumbersOfPeopleAndCompanies) {
  EXPECT_EQ(found("주민등록번호 900101-1234568"), "resident_number 900101-1234568!");
  EXPECT_EQ(found("900101 - 1234567"), "resident_number 900101 - 1234567");
  EXPECT_EQ(found("9001011234568"), "resident_number 9001011234568!");
  EXPECT_EQ(found("9001011234567"), "");
  EXPECT_EQ(found("외국인등록번호: 900101-5234567"), "foreigner_number 900101-5234567");
  EXPECT_EQ(found("법인등록번호 130111-0006246"), "corporate_number 130111-0006246!");
  EXPECT_EQ(found("124-81-00998"), "business_number 124-81-00998!");
  EXPECT_EQ(found("면허 11-95-082345-21, 서울 23-110458-91"),
            "driver_licence 11-95-082345-21; driver_licence 서울 23-110458-91");
  EXPECT_EQ(found("여권 M12345678, M123A4567"), "passport M12345678; passport M123A4567");
  EXPECT_EQ(found("건강보험증 1-2098334477"), "health_insurance 1-2098334477");
  EXPECT_EQ(found("12가 4827"), "vehicle 12가 4827");
}

TEST(PersonalData, CardsAndAccounts) {
  EXPECT_EQ(found("4111-1111-1111-1111"), "card 4111-1111-1111-1111!");
  EXPECT_EQ(found("국민은행 110-123-456789"), "account 110-123-456789");
  EXPECT_EQ(found("문서번호 110-123-456789"), "");
}

TEST(PersonalData, PhonesHoweverTheyAreWritten) {
  for (const std::string_view phone : {"010-1234-5678", "01012345678", "010.1234.5678", "010 1234 5678", "02-123-4567",
                                       "(02) 123-4567", "02)123-4567", "+82-10-1234-5678", "+82 10 1234 5678",
                                       "070-1234-5678", "0505-123-4567"}) {
    const std::string text = "전화 " + std::string(phone) + " 입니다";
    const std::vector<PersonalData> data = find_personal_data(text);
    ASSERT_EQ(data.size(), 1U) << phone;
    EXPECT_EQ(data[0].kind, PersonalDataKind::phone) << phone;
  }
  EXPECT_EQ(found("1588-1234"), "") << "of a firm, not of a person";
}

TEST(PersonalData, MailAndNetworkAddresses) {
  EXPECT_EQ(found("<kim.na+ru@mail.example.com>."), "email kim.na+ru@mail.example.com");
  EXPECT_EQ(found("01012345678@example.com"), "email 01012345678@example.com");
  EXPECT_EQ(found("a@b, @handle, user@localhost"), "");
  EXPECT_EQ(found("from 203.0.113.7"), "ip_address 203.0.113.7");
  EXPECT_EQ(found("version 1.2.3.4 and 255.255.255.0 and 300.1.1.1"), "");
}

TEST(PersonalData, ADateIsOneOfBirthOnlyByTheWordsAroundIt) {
  EXPECT_EQ(found("생년월일: 1989년 3월 22일"), "birth_date 1989년 3월 22일");
  EXPECT_EQ(found("생년월일 1989. 3. 22., 입사일 2015-03-02"), "birth_date 1989. 3. 22");
  EXPECT_EQ(found("(1968.04.22생)"), "birth_date 1968.04.22");
  EXPECT_EQ(found("91년생"), "birth_date 91년생");
  EXPECT_EQ(found("시행 2026. 5. 28."), "");
}

TEST(PersonalData, NoPartOfALongerNumberOrWordIsTaken) {
  EXPECT_EQ(found("2026-0033-7811234-5678"), "");
  EXPECT_EQ(found("abc900101-1234568"), "");
  EXPECT_EQ(found("1,240,000,000"), "");
  EXPECT_EQ(found("ISBN 978-89-12-34567-0"), "");
}

TEST(PersonalData, PeopleByTitleAndAddressesByTheirForm) {
  EXPECT_EQ(found("성명: 홍길동"), "person 홍길동");
  EXPECT_EQ(found("홍길동 과장에게 문의"), "person 홍길동");
  EXPECT_EQ(found("담당자 홍길동. 홍길동은 휴가 중"), "person 홍길동; person 홍길동");
  EXPECT_EQ(found("담당자 연락처"), "");
  EXPECT_EQ(found("서울특별시 종로구 세종대로 209 정부서울청사"), "address 서울특별시 종로구 세종대로 209 정부서울청사");
  EXPECT_EQ(found("서울특별시 종로구의 어느 날"), "");
}

TEST(PersonalData, AnyBytesAreSurvived) {
  for (const std::string_view text : {"", "@", "(", "+", "(02", "+82-", "1", "1-", "M", "\xff@\xff.co", "6\xea\xb0"}) {
    for (const PersonalData& one : find_personal_data(text)) EXPECT_LE(one.end, text.size());
  }
  const std::string digits(100'000, '7');
  EXPECT_EQ(found(digits), "");
  std::string dashes;
  for (int i = 0; i < 20'000; ++i) dashes += "1-";
  EXPECT_EQ(found(dashes), "");
}

}  // namespace
}  // namespace naru
