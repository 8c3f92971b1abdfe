#include "runtime/spool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>

#include "runtime/files.h"
#include "runtime/random.h"

namespace naru {
namespace {

std::string random_text(Random& random, std::size_t size) {
  std::string text(size, ' ');
  for (char& c : text) c = static_cast<char>('a' + random.below(26));
  return text;
}

TEST(Spool, GivesBackWhatWasAddedWhereverItWasPut) {
  for (const std::size_t memory : {std::size_t{1} << 30, std::size_t{1} << 20, std::size_t{1}}) {
    Random random(memory);
    Spool spool(memory);
    std::string all;
    for (int i = 0; i < 300; ++i) {
      const std::string piece = random_text(random, random.below(i % 50 == 0 ? 500'000 : 9'000));
      const Result<std::uint64_t> place = spool.add(piece);
      ASSERT_TRUE(place) << place.error().describe();
      EXPECT_EQ(*place, all.size());
      all += piece;
    }
    EXPECT_EQ(spool.size(), all.size());
    Spool::Window window;
    for (int i = 0; i < 400; ++i) {
      const std::uint64_t place = random.below(all.size() + 10);
      const std::size_t size = random.below(i % 40 == 0 ? 700'000 : 3'000);
      const Result<std::string> read = spool.read(place, size, window);
      ASSERT_TRUE(read) << read.error().describe();
      EXPECT_EQ(*read, place >= all.size() ? "" : all.substr(place, size)) << place << " " << size;
    }
  }
}

TEST(Spool, HasNoNameSoThatNothingIsLeftWhateverEndsTheProgram) {
  const TemporaryFolder temporary = *TemporaryFolder::make("naru-spool-test-");
  const std::string before = std::getenv("TMPDIR") == nullptr ? "" : std::getenv("TMPDIR");
  setenv("TMPDIR", temporary.path().c_str(), 1);
  Spool spool(1);
  const Result<std::uint64_t> added = spool.add(std::string(1 << 20, 'x'));
  setenv("TMPDIR", "/nowhere", 1);
  const Result<std::uint64_t> nowhere = Spool(1).add(std::string(1 << 20, 'x'));
  before.empty() ? unsetenv("TMPDIR") : setenv("TMPDIR", before.c_str(), 1);
  ASSERT_TRUE(added);
  EXPECT_EQ(list_folder(temporary.path())->size(), 0U);
  Spool::Window window;
  EXPECT_EQ(spool.read(5, 3, window).value(), "xxx");
  ASSERT_FALSE(nowhere);
  EXPECT_NE(nowhere.error().describe().find("/nowhere"), std::string::npos);
}

TEST(Spool, SaysWhereNothingMoreCanBeWritten) {
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1024, old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  Random random(1);
  Spool spool(1);
  const Result<std::uint64_t> added = spool.add(random_text(random, 1 << 20));
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code(), Code::io);
}

}  // namespace
}  // namespace naru
