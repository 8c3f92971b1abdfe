#include "retrieve/written.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

TEST(Written, DiversityIsANumberFromNoughtToOne) {
  EXPECT_EQ(*read_diversity("0"), 0.0);
  EXPECT_EQ(*read_diversity("0.25"), 0.25);
  EXPECT_EQ(*read_diversity("1"), 1.0);
  for (const char* wrong : {"", "-0.1", "1.1", "nan", "inf", "0x1", "30%", "0,3", " 0.3", "1e-1"}) {
    EXPECT_EQ(read_diversity(wrong).error().code(), Code::invalid_argument) << wrong;
  }
}

TEST(Written, ContextIsANumberOfPassagesOrTheSection) {
  EXPECT_EQ(read_context("2")->chunks, 2U);
  EXPECT_FALSE(read_context("2")->section);
  EXPECT_TRUE(read_context("section")->section);
  for (const char* wrong : {"", "0", "-1", "1001", "99999999999999999999", "2 ", "all", "Section"}) {
    EXPECT_EQ(read_context(wrong).error().code(), Code::invalid_argument) << wrong;
  }
}

}  // namespace
}  // namespace naru
