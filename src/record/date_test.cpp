#include "record/date.h"

#include <gtest/gtest.h>

#include <random>


namespace naru {
namespace {

std::string span(std::string_view text) {
  const std::optional<DateSpan> read = parse_date(text);
  return read ? read->start + " " + read->end : "none";
}

TEST(Date, WhatIsWrittenCoversItsLength) {
  EXPECT_EQ(span("2024"), "2024-01-01T00:00:00Z 2025-01-01T00:00:00Z");
  EXPECT_EQ(span("2024-02"), "2024-02-01T00:00:00Z 2024-03-01T00:00:00Z");
  EXPECT_EQ(span("2024-12"), "2024-12-01T00:00:00Z 2025-01-01T00:00:00Z");
  EXPECT_EQ(span("2024-02-29"), "2024-02-29T00:00:00Z 2024-03-01T00:00:00Z");
  EXPECT_EQ(span("2024-05-31T09:10"), "2024-05-31T09:10:00Z 2024-05-31T09:11:00Z");
  EXPECT_EQ(span("2024-05-31 09:10:11.5Z"), "2024-05-31T09:10:11Z 2024-05-31T09:10:12Z");
  EXPECT_EQ(span("2024-05-31T00:30:00+09:00"), "2024-05-30T15:30:00Z 2024-05-30T15:30:01Z");
  EXPECT_EQ(span("9999"), "9999-01-01T00:00:00Z 9999-12-31T23:59:60Z");
  EXPECT_EQ(span("0001-01-01"), "0001-01-01T00:00:00Z 0001-01-02T00:00:00Z");
}

TEST(Date, AsDocumentsWriteIt) {
  const std::string day = "2024-05-31T00:00:00Z 2024-06-01T00:00:00Z";
  for (const char* text : {"2024-05-31", "2024/5/31", "2024. 5. 31.", "2024.05.31", "2024년 5월 31일", "20240531",
                           "D:20240531", "31 May 2024", "May 31, 2024", "Friday, 31 May 2024", " 2024-05-31 "}) {
    EXPECT_EQ(span(text), day) << text;
  }
  const std::string second = "2024-05-31T00:00:00Z 2024-05-31T00:00:01Z";
  for (const char* text : {"D:20240531090000+09'00'", "Fri, 31 May 2024 09:00:00 +0900 (KST)",
                           "2024-05-31T09:00:00+0900", "2024-05-30T20:00:00-04:00"}) {
    EXPECT_EQ(span(text), second) << text;
  }
}

TEST(Date, WhatIsNoneIsRefused) {
  for (const char* text : {"", "yesterday", "2023-02-29", "2024-13-01", "2024-00-01", "2024-1-0", "0000", "24-05-31",
                           "2024-05-31T25:00", "2024-05-31T10:61", "2024-05-31T10", "2024-05-31 at noon", "202405",
                           "May", "31 Smarch 2024", "2024-05-31T10:00+99:00", "12345"}) {
    EXPECT_EQ(span(text), "none") << text;
  }
  EXPECT_EQ(span(std::string(100, '2')), "none");
}

TEST(Date, AnyBytesAreReadOrRefused) {
  std::mt19937 random(1);
  constexpr std::string_view kLetters = "0123456789-/.:+TZD May,년월'() ";
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::size_t n = random() % 20; n > 0; --n) text += kLetters[random() % kLetters.size()];
    const std::optional<DateSpan> read = parse_date(text);
    if (!read) continue;
    EXPECT_LT(read->start, read->end) << text;
    EXPECT_EQ(parse_date(read->start)->start, read->start) << text;
  }
}

TEST(Date, ADocumentsOwnDateComesFirst) {
  EXPECT_EQ(date_of({{"modified", "2025-01-01"}, {"published", "2024-01-01"}}), "2024-01-01T00:00:00Z");
  EXPECT_EQ(date_of({{"published", "2024-01-01"}, {"date", "2023-01-01"}}), "2023-01-01T00:00:00Z");
  EXPECT_EQ(date_of({{"date", "soon"}, {"created", "2022"}}), "2022-01-01T00:00:00Z");
  EXPECT_EQ(date_of({{"author", "kim"}}), "");
}

}  // namespace
}  // namespace naru
