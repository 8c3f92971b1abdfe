// Seeds of golden answers: a test makes each document, and the file in tests/golden/parse/ is the one that it makes.
// For tests only.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "runtime/files.h"

namespace naru {

inline constexpr const char* kGoldenFolder = "tests/golden/parse";

struct GoldenSeed {
  std::string name;  // "mail/alternative.eml"
  std::string bytes;
};

// NARU_UPDATE=1 rewrites what tests keep.
inline bool updating() { return std::getenv("NARU_UPDATE") != nullptr; }

inline void expect_golden_file(const std::string& name, const std::string& bytes) {
  const std::string path = join_path(kGoldenFolder, name);
  if (updating()) {
    ASSERT_TRUE(make_folders(path.substr(0, path.rfind('/')))) << path;
    ASSERT_TRUE(write_file(path, bytes)) << path;
  }
  const Result<std::string> there = read_file(path);
  ASSERT_TRUE(there) << there.error().describe();
  EXPECT_EQ(*there, bytes) << path << ": NARU_UPDATE=1 rewrites it";
}

}  // namespace naru
