// What a person is told: every case of tests/golden/config/mistakes.txt, to the letter.
//
// The file holds `==== NAME`, the configuration, `----`, and the lines that `naru validate` prints. NARU_UPDATE=1
// rewrites it; the difference is then reviewed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "config/config.h"
#include "config/testing.h"
#include "runtime/files.h"

namespace naru {
namespace {

constexpr std::string_view kGolden = "tests/golden/config/mistakes.txt";
constexpr std::string_view kCase = "==== ", kAnswer = "----\n";

struct Mistake {
  std::string name, yaml, told;
};

std::vector<Mistake> read_mistakes(std::string_view text) {
  std::vector<Mistake> mistakes;
  while (text.starts_with(kCase)) {
    const std::size_t next = std::min(text.find("\n==== "), text.size() - 1);
    std::string_view one = text.substr(kCase.size(), next + 1 - kCase.size());
    text.remove_prefix(next + 1);
    const std::size_t line = one.find('\n'), answer = ("\n" + std::string(one)).find("\n----\n");
    mistakes.push_back({std::string(one.substr(0, line)), std::string(one.substr(line + 1, answer - line - 1)),
                        std::string(one.substr(answer + kAnswer.size()))});
  }
  return mistakes;
}

TEST(Mistakes, AreToldToTheLetterWithPlaceAndRemedy) {
  const Result<std::string> golden = read_file(std::string(kGolden));
  ASSERT_TRUE(golden) << golden.error().describe();
  const std::vector<Mistake> mistakes = read_mistakes(*golden);
  ASSERT_GE(mistakes.size(), 40u);
  const bool update = std::getenv("NARU_UPDATE") != nullptr;
  const Registry registry = testing::registry();
  std::string rewritten;
  for (const Mistake& mistake : mistakes) {
    std::string told;
    for (const Diagnostic& diagnostic : check_config(mistake.yaml, "naru.yaml", "/home/kim", registry).diagnostics) {
      told += diagnostic.text() + "\n";
    }
    rewritten += std::string(kCase) + mistake.name + "\n" + mistake.yaml + std::string(kAnswer) + told;
    if (!update) {
      EXPECT_EQ(told, mistake.told) << mistake.name << "\n" << mistake.yaml;
    }
  }
  if (update) {
    ASSERT_TRUE(write_file(std::string(kGolden), rewritten));
  }
}

}  // namespace
}  // namespace naru
