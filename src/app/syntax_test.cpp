#include "app/syntax.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace naru {
namespace {

struct Command {
  Command() {
    syntax.arguments("QUERY", query, "what", Need::required)
        .number("-k", "N", k, 1, 1000, "how many")
        .flag("--accept-removals", accept, "yes")
        .text("--leg", "LEG", leg, "which");
    syntax.add_common(common, false);
  }
  Syntax syntax{"search", "Finds."};
  std::vector<std::string> query;
  std::optional<std::uint64_t> k;
  std::optional<std::string> leg;
  bool accept = false;
  CommonOptions common;
};

TEST(Syntax, WordsMayBeNamesOfCommandsOrFollowTwoDashes) {
  Command command;
  ASSERT_TRUE(command.syntax.parse({"status", "run", "-k", "3", "--json", "--", "--leg"}));
  EXPECT_EQ(command.query, (std::vector<std::string>{"status", "run", "--leg"}));
  EXPECT_EQ(command.k, 3U);
  EXPECT_TRUE(command.common.json);
}

TEST(Syntax, AMistypedFlagIsSaidWithWhatWasMeant) {
  Command command;
  const Result<Parsed> parsed = command.syntax.parse({"x", "--accept-removal"});
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code(), Code::invalid_argument);
  EXPECT_NE(parsed.error().message().find("did you mean --accept-removals?"), std::string::npos);
  // Also where something else is missing.
  const Result<Parsed> bare = Command().syntax.parse({"--lag=x"});
  ASSERT_FALSE(bare);
  EXPECT_NE(bare.error().message().find("did you mean --leg?"), std::string::npos);
}

TEST(Syntax, NumbersHaveBounds) {
  EXPECT_FALSE(Command().syntax.parse({"x", "-k", "0"}));
  EXPECT_FALSE(Command().syntax.parse({"x", "-k", "1001"}));
  EXPECT_FALSE(Command().syntax.parse({"x", "-k", "many"}));
  EXPECT_FALSE(Command().syntax.parse({"x", "-k", "-1"}));
  EXPECT_FALSE(Command().syntax.parse({"x", "-k", "99999999999999999999999"}));
}

TEST(Syntax, FlagsMayComeFromTheEnvironmentAndWhatIsTypedWins) {
  setenv("NARU_K", "7", 1);
  setenv("NARU_ACCEPT_REMOVALS", "1", 1);
  setenv("NARU_LEG", "vector", 1);
  Command command;
  ASSERT_TRUE(command.syntax.parse({"x", "--leg", "lexical"}));
  EXPECT_EQ(command.k, 7U);
  EXPECT_TRUE(command.accept);
  EXPECT_EQ(command.leg, "lexical");
  unsetenv("NARU_K");
  unsetenv("NARU_ACCEPT_REMOVALS");
  unsetenv("NARU_LEG");
}

TEST(Syntax, LeadingOptionsEndAtTheFirstWord) {
  Syntax root("", "");
  CommonOptions common;
  root.add_common(common, true);
  const Result<std::vector<std::string>> rest = root.parse_leading({"-C", "there", "search", "--as", "kim", "x"});
  ASSERT_TRUE(rest) << rest.error().describe();
  EXPECT_EQ(*rest, (std::vector<std::string>{"search", "--as", "kim", "x"}));
  EXPECT_EQ(common.folder, "there");
  EXPECT_FALSE(common.as);
}

TEST(Syntax, HelpHasExamplesAndTheEnvironmentsNames) {
  Command command;
  command.syntax.example("naru search 연차");
  const Result<Parsed> parsed = command.syntax.parse({"--help"});
  ASSERT_TRUE(parsed);
  ASSERT_TRUE(parsed->help);
  EXPECT_NE(parsed->help->find("naru search 연차"), std::string::npos);
  EXPECT_NE(parsed->help->find("NARU_ACCEPT_REMOVALS"), std::string::npos);
}

}  // namespace
}  // namespace naru
