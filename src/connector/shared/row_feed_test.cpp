#include "connector/shared/row_feed.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

Value text(const char* said) { return Value(std::string(said)); }

TEST(RowFeed, AnOrderIsAWholeNumberOrATime) {
  EXPECT_EQ(order_of(Value(std::int64_t{7})).value(), 7U);
  EXPECT_EQ(order_of(text("42")).value(), 42U) << "of CSV a number is a text";
  EXPECT_EQ(order_of(text("2024")).value(), 2024U);
  const std::uint64_t morning = order_of(text("2024-05-31T09:00:00+09:00")).value();
  EXPECT_EQ(morning, order_of(text("2024-05-31T00:00:00Z")).value());
  EXPECT_LT(order_of(text("2024-05-30")).value(), morning);
  EXPECT_LT(morning, order_of(text("2024년 6월 1일")).value());
  for (const Value& none : {Value(), Value(std::int64_t{-1}), Value(1.5), Value(true), text(""), text("soon"),
                            text("99999999999999999999")}) {
    EXPECT_EQ(order_of(none).error().code(), Code::invalid_argument);
  }
}

TEST(RowFeed, ARowSaysInManyWaysThatItIsGone) {
  for (const Value& gone : {Value(true), Value(std::int64_t{1}), text("d"), text("D"), text("DELETE"), text("true")}) {
    EXPECT_TRUE(says_deleted(gone));
  }
  for (const Value& here : {Value(), Value(false), Value(std::int64_t{0}), text(""), text("u"), text("false")}) {
    EXPECT_FALSE(says_deleted(here));
  }
}

}  // namespace
}  // namespace naru
