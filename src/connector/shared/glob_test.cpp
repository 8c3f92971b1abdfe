#include "connector/shared/glob.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

bool matches(std::string_view pattern, std::string_view path) {
  const auto glob = Glob::compile(pattern);
  EXPECT_TRUE(glob) << pattern;
  return glob && glob->matches(path);
}

TEST(Glob, PatternWithoutSlashIsForNamesAnywhere) {
  EXPECT_TRUE(matches("*.md", "a.md"));
  EXPECT_TRUE(matches("*.md", "deep/er/a.md"));
  EXPECT_FALSE(matches("*.md", "a.mdx"));
  EXPECT_FALSE(matches("/*.md", "deep/a.md"));
}

TEST(Glob, OneStarStaysWithinANameAndTwoCrossFolders) {
  EXPECT_FALSE(matches("docs/*.md", "docs/a/b.md"));
  EXPECT_TRUE(matches("docs/**/*.md", "docs/a/b/c.md"));
  EXPECT_TRUE(matches("docs/**/*.md", "docs/c.md"));
  EXPECT_TRUE(matches("**/c.md", "c.md"));
  EXPECT_TRUE(matches("docs/**", "docs/a/b"));
  EXPECT_FALSE(matches("docs/**", "other/a"));
}

TEST(Glob, ReadsQuestionMarksClassesAndBraces) {
  EXPECT_TRUE(matches("?.md", "나.md"));
  EXPECT_TRUE(matches("[가-힣]*.md", "나루.md"));
  EXPECT_FALSE(matches("[!a-c].md", "b.md"));
  EXPECT_TRUE(matches("*.{md,{htm,html}}", "x.html"));
  EXPECT_TRUE(matches("v{1,2}/*.md", "v2/x.md"));
  EXPECT_TRUE(matches("\\*.md", "*.md"));
  EXPECT_FALSE(matches("\\*.md", "a.md"));
  EXPECT_TRUE(matches("a[", "a["));
}

TEST(Glob, SaysWhatIsWrongWithAPattern) {
  EXPECT_FALSE(Glob::compile(""));
  EXPECT_FALSE(Glob::compile("a{b"));
  EXPECT_FALSE(Glob::compile("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"));
}

TEST(Glob, HostilePatternStaysCheap) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_FALSE(matches(pattern + "b", std::string(4000, 'a')));
}

TEST(IgnoreRules, LastMatchingLineDecides) {
  std::vector<std::string> mistakes;
  const auto rules = IgnoreRules::parse("# comment\n*.log\n!keep.log\nbuild/\n/top.md\r\n{\n", &mistakes);
  using Verdict = IgnoreRules::Verdict;
  EXPECT_EQ(rules.judge("a/x.log", false), Verdict::ignore);
  EXPECT_EQ(rules.judge("a/keep.log", false), Verdict::keep);
  EXPECT_EQ(rules.judge("build", true), Verdict::ignore);
  EXPECT_EQ(rules.judge("build", false), Verdict::silent);
  EXPECT_EQ(rules.judge("top.md", false), Verdict::ignore);
  EXPECT_EQ(rules.judge("a/top.md", false), Verdict::silent);
  EXPECT_EQ(mistakes.size(), 1U);
}

}  // namespace
}  // namespace naru
