#include "model/catalogue.h"

#include <gtest/gtest.h>

#include <set>

#include "model/model_files.h"
#include "naru/id.h"
#include "runtime/files.h"

namespace naru {

namespace {

CatalogueEntry entry_of(const std::string& bytes) {
  CatalogueEntry entry;
  entry.name = "a-model";
  entry.roles = {"tiny-chat"};
  entry.bytes = bytes.size();
  entry.sha256 = sha256(bytes).hex();
  return entry;
}

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

TEST(Catalogue, EveryFileHasAHashAndAPlace) {
  std::set<std::string> names;
  for (const CatalogueEntry& entry : catalogue()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    for (const std::string& role : entry.roles) EXPECT_TRUE(names.insert(role).second) << role;
    EXPECT_TRUE(is_sha256(entry.sha256)) << entry.name;
    EXPECT_GT(entry.bytes, 0U);
    EXPECT_FALSE(entry.licence.empty() || entry.provenance.empty() || entry.base_model.empty()) << entry.name;
    EXPECT_GT(entry.context_tokens, 0U);
    EXPECT_EQ(entry.kind == ModelKind::embed, entry.dims != 0) << entry.name;
    ASSERT_EQ(entry.sources.size(), entry.conversion == Conversion::none ? 1U : 2U) << entry.name;
    for (const SourceFile& source : entry.sources) {
      EXPECT_TRUE(is_sha256(source.sha256)) << entry.name;
      EXPECT_TRUE(source.hub_url.empty() || source.hub_url.starts_with("https://"));
      EXPECT_FALSE(source.hub_url.empty() && source.parts.empty());
      for (const PackageMember& part : source.parts) {
        EXPECT_TRUE(is_sha256(part.wheel_sha256)) << part.package;
        EXPECT_FALSE(part.version.empty() || part.member.empty());
      }
    }
    if (entry.conversion == Conversion::none) {
      EXPECT_EQ(entry.sha256, entry.sources.front().sha256);
    }
  }
}

TEST(Catalogue, FindsByNameByRoleAndByTheRolesFirstWord) {
  const CatalogueEntry* chat = *find_entry("default-chat");
  EXPECT_EQ(*find_entry("default", ModelKind::chat), chat);
  EXPECT_EQ(*find_entry(chat->name, ModelKind::chat), chat);
  EXPECT_EQ(*find_entry("default"), chat);
  EXPECT_EQ(*find_entry("default", ModelKind::embed), *find_entry("default-embed"));
  for (const char* role : {"default-chat", "small-chat", "tiny-chat", "default-embed", "small-embed"}) {
    EXPECT_TRUE(find_entry(role)) << role;
  }
}

TEST(Catalogue, AWrongNameSaysWhatWasMeant) {
  const auto entry = find_entry("defualt-chat");
  ASSERT_FALSE(entry);
  EXPECT_EQ(entry.error().code(), Code::not_found);
  EXPECT_NE(entry.error().message().find("default-chat"), std::string::npos);
  EXPECT_EQ(find_entry("default-embed", ModelKind::chat).error().code(), Code::invalid_argument);
}

TEST(Catalogue, AModelThatIsNotHereNamesItsCommand) {
  const TemporaryFolder folder = *TemporaryFolder::make("naru-models-");
  const auto path = find_pulled(entry_of("weights"), folder.path());
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().code(), Code::unavailable);
  EXPECT_NE(path.error().message().find("naru models pull tiny-chat"), std::string::npos);
}

TEST(Catalogue, AFileThatWasCopiedByHandIsCheckedOnceAndRecorded) {
  const TemporaryFolder folder = *TemporaryFolder::make("naru-models-");
  const CatalogueEntry entry = entry_of("weights");
  ASSERT_TRUE(write_file(model_path(entry, folder.path()), "weights"));
  ASSERT_TRUE(find_pulled(entry, folder.path()));
  EXPECT_TRUE(file_exists(record_path(entry, folder.path())));
  // From now on size and record are enough, and the full check still sees a changed byte.
  ASSERT_TRUE(write_file(model_path(entry, folder.path()), "weighty"));
  EXPECT_TRUE(find_pulled(entry, folder.path()));
  EXPECT_EQ(check_pulled(entry, folder.path(), {}).error().code(), Code::corrupt);
}

TEST(Catalogue, AnotherFileInItsPlaceIsNotUsed) {
  const TemporaryFolder folder = *TemporaryFolder::make("naru-models-");
  const CatalogueEntry entry = entry_of("weights");
  for (const char* bytes : {"weightX", "short", ""}) {
    ASSERT_TRUE(write_file(model_path(entry, folder.path()), bytes));
    EXPECT_EQ(find_pulled(entry, folder.path()).error().code(), Code::corrupt) << bytes;
  }
  ASSERT_TRUE(write_file(model_path(entry, folder.path()), "weightX"));
  ASSERT_TRUE(write_file(record_path(entry, folder.path()), "{\"sha256\": 7, \"bytes\": \"x\"}"));
  EXPECT_EQ(find_pulled(entry, folder.path()).error().code(), Code::corrupt);
}

TEST(Catalogue, TheFolderIsTheOneThatTheEnvironmentNames) {
  setenv("NARU_MODELS", "/somewhere", 1);
  EXPECT_EQ(model_folder(), "/somewhere");
  unsetenv("NARU_MODELS");
  setenv("XDG_DATA_HOME", "/data", 1);
  EXPECT_EQ(model_folder(), "/data/naru/models");
  unsetenv("XDG_DATA_HOME");
  EXPECT_EQ(model_folder(), home_folder() + "/.local/share/naru/models");
}

}  // namespace naru
