// Damaged documents through the sandboxed worker: every one is accounted for, and none grows the processes that stay.
// Its seeds are the documents of tests/golden/parse/ and tests/fuzz_seeds/, which other tests of ours write.
// NARU_MUTANTS=10000 and NARU_PARSES=10000 run them at length and print what they counted.
#include <gtest/gtest.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "parse/shared/testing.h"
#include "parse/worker/worker_pool.h"
#include "runtime/clock.h"
#include "runtime/files.h"
#include "runtime/random.h"
#include "runtime/sandbox.h"
#include "runtime/usage.h"

namespace naru {
namespace {

constexpr std::uint64_t kSeed = 6;
constexpr std::size_t kPieceMax = 256;  // of what is moved, repeated or overwritten
constexpr std::size_t kRepeatsMax = 64;
constexpr std::uint64_t kGrowthMax = 8ULL << 20;  // an allocator's slack; a leak of a document each is far more

struct Seed {
  std::string name, extension, bytes;
};

std::size_t asked_for(const char* name, std::size_t usual) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : usual / (kSanitized ? 10 : 1);
}

std::vector<Seed> seeds() {
  std::vector<Seed> found;
  const auto add = [&](const std::string& folder, const std::string& extension) {
    for (const std::string& name : list_folder(folder).value_or({})) {
      const std::string path = join_path(folder, name), own = file_extension(name);
      const bool is_answer = own == "json" && file_exists(join_path(folder, name.substr(0, name.size() - 5)));
      if (is_answer || name.ends_with(".main.json")) continue;
      Result<std::string> bytes = read_file(path);
      if (bytes && !bytes->empty()) found.push_back({path, own.empty() ? extension : own, std::move(*bytes)});
    }
  };
  add("tests/golden/parse", "");
  for (const std::string& format : list_folder("tests/golden/parse").value_or({})) {
    if (is_folder(join_path("tests/golden/parse", format))) add(join_path("tests/golden/parse", format), format);
  }
  for (const char* format : {"html", "hwp", "hwpml", "hwpx", "markdown", "pdf", "text"}) {
    add(std::string("tests/fuzz_seeds/") + format + "_fuzz", format == std::string_view("hwpml") ? "hml" : format);
  }
  return found;
}

// One kind of damage: bits, cuts, exchanged, repeated, overwritten and missing pieces, the end of another document.
void damage(std::string& bytes, const std::string& other, Random& random) {
  if (bytes.empty()) return;
  const std::size_t at = random.below(bytes.size());
  const std::size_t piece = 1 + random.below(std::min(kPieceMax, bytes.size() - at));
  switch (random.below(8)) {
    case 0:
      for (std::uint64_t n = 1 + random.below(16); n > 0; --n) {
        char& one = bytes[random.below(bytes.size())];
        one = static_cast<char>(one ^ (1 << random.below(8)));
      }
      break;
    case 1:
      bytes.resize(at);
      break;
    case 2: {
      const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(at);
      std::rotate(first, first + static_cast<std::ptrdiff_t>(piece / 2), first + static_cast<std::ptrdiff_t>(piece));
      break;
    }
    case 3:
      bytes = bytes.substr(0, at) + other.substr(random.below(other.size()));
      break;
    case 4:
      bytes.insert(at, repeated(bytes.substr(at, piece), 1 + random.below(kRepeatsMax)));
      break;
    case 5:
      bytes.erase(at, piece);
      break;
    case 6:
      bytes.replace(at, piece, piece, random.below(2) == 0 ? '\0' : '\xff');
      break;
    default:  // another number of the same length
      for (std::size_t i = at; i < std::min(at + piece, bytes.size()); ++i) {
        if (bytes[i] >= '0' && bytes[i] <= '9') bytes[i] = static_cast<char>('0' + random.below(10));
      }
      break;
  }
}

std::unique_ptr<WorkerPool> open_pool() {
  Registry registry;
  register_parse(registry);
  return std::move(WorkerPool::open(registry).value());
}

TEST(Mutants, EveryOneIsReadOrRefusedAndNoneIsAnEmptySuccess) {
  const std::vector<Seed> from = seeds();
  ASSERT_GE(from.size(), 30U);
  const auto pool = open_pool();
  const std::size_t count = asked_for("NARU_MUTANTS", 400);
  Random random(kSeed);
  std::map<std::string, std::size_t> ends;
  double slowest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Seed& seed = from[i % from.size()];
    std::string bytes = seed.bytes;
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
      damage(bytes, from[random.below(from.size())].bytes, random);
    }
    const std::int64_t start = system_clock().monotonic_ns();
    const Result<Document> document = pool->parse({bytes, seed.name, seed.extension}, {});
    slowest = std::max(slowest, elapsed_ms(start, system_clock().monotonic_ns()));
    ++ends[document ? "read" : std::string(code_name(document.error().code()))];
    const auto keep = [&] {  // for whoever looks at it
      const std::string path = testing::TempDir() + "mutant_" + std::to_string(i) + "." + seed.extension;
      (void)write_file(path, bytes);
      return seed.name + ", kept as " + path;
    };
    if (document) {
      if (document->blocks.empty() && document->children.empty() && document->warnings.empty())
        ADD_FAILURE() << "an empty success: " << keep();
    } else {
      const Code code = document.error().code();
      const bool typed = code == Code::corrupt || code == Code::unsupported || code == Code::limit_exceeded ||
                         code == Code::not_allowed;
      if (!typed) ADD_FAILURE() << document.error().describe() << ": " << keep();
      // A parser refuses what is broken; a child that died of it is a mistake of ours.
      if (document.error().message().find("its parser ") != std::string::npos)
        ADD_FAILURE() << document.error().describe() << ": " << keep();
    }
  }
  std::string line;
  for (const auto& [end, times] : ends) line += end + " " + std::to_string(times) + ", ";
  std::printf("%zu mutants of %zu seeds: %sslowest %.0f ms\n", count, from.size(), line.c_str(), slowest);
  const Result<Document> honest = pool->parse({"# 제목\n\n본문이다.\n", "honest", "md"}, {});
  ASSERT_TRUE(honest) << honest.error().describe();
  EXPECT_EQ(honest->blocks.size(), 2U);
}

// Of this program and of the zygote that forks a child for every document.
std::pair<std::uint64_t, std::uint64_t> resident() {
  const std::string children = read_file("/proc/thread-self/children").value_or("");
  int zygote = 0;
  std::from_chars(children.data(), children.data() + children.size(), zygote);
  return {resident_bytes(), zygote == 0 ? 0 : resident_bytes(zygote)};
}

TEST(Mutants, MemoryStaysFlatOverManyDocuments) {
  const std::vector<Seed> from = seeds();
  const auto pool = open_pool();
  const std::size_t count = asked_for("NARU_PARSES", 400);
  std::pair<std::uint64_t, std::uint64_t> warm, now;
  for (std::size_t i = 1; i <= count; ++i) {
    const Seed& seed = from[i % from.size()];
    (void)pool->parse({seed.bytes, seed.name, seed.extension}, {});
    if (i != 100 && i != 1'000 && i != count / 2 && i != count) continue;
    now = resident();
    if (i == count / 2) warm = now;
    std::printf("after %zu documents: %.1f MB, zygote %.1f MB\n", i, static_cast<double>(now.first) / 1e6,
                static_cast<double>(now.second) / 1e6);
  }
  EXPECT_GT(now.second, 0U);
  if (kSanitized) return;  // it keeps what was freed
  EXPECT_LE(now.first, warm.first + kGrowthMax);
  EXPECT_LE(now.second, warm.second + kGrowthMax);
}

}  // namespace
}  // namespace naru
