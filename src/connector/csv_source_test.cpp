#include <gtest/gtest.h>

#include "flow/testing.h"
#include "naru/registry.h"
#include "runtime/compress.h"
#include "runtime/files.h"

namespace naru {
namespace {

using testing::Listed;

class CsvSourceTest : public ::testing::Test {
 protected:
  CsvSourceTest() : folder_(std::move(*TemporaryFolder::make("csv"))) {
    options_.base_folder = folder_.path();
    for (const auto& [name, value] : std::map<std::string, std::string>{
             {"title", "title"}, {"delimiter", "auto"}, {"header", "auto"}}) {
      options_.set(name, value);
    }
    options_.set("max_bytes", std::int64_t{1} << 20);
    options_.set("max_row_bytes", std::int64_t{1000});
    options_.set("poll_seconds", std::int64_t{30});
  }

  std::unique_ptr<Source> source(std::string_view bytes, const std::string& name = "rows.csv") {
    EXPECT_TRUE(write_file(join_path(folder_.path(), name), bytes));
    options_.set("path", name);
    Registry registry;
    register_connector(registry);
    auto made = registry.source("csv")->make(options_);
    if (!made) ADD_FAILURE() << made.error().describe();
    return std::move(*made);
  }
  static Listed poll(Source& from) {
    auto listing = from.poll({});
    if (!listing) return ADD_FAILURE() << listing.error().describe(), Listed();
    return Listed(*listing);
  }
  // Each row as "key=json", in the order of the keys.
  static std::vector<std::string> rows(Source& from) {
    std::vector<std::string> found;
    for (const Item& item : poll(from).items) found.push_back(item.key + "=" + from.read(item, {})->bytes);
    return found;
  }
  using Rows = std::vector<std::string>;

  TemporaryFolder folder_;
  Options options_;
};

TEST_F(CsvSourceTest, RowsHaveTheNamesOfTheHeaderAndTheirKey) {
  options_.set("id", std::string("코드"));
  const auto from = source("코드;이름;값\nb;둘;\na;\"하나; \"\"1\"\"\";\"\"\n");
  EXPECT_EQ(rows(*from), (Rows{R"(a={"코드":"a","이름":"하나; \"1\"","값":""})",
                               R"(b={"코드":"b","이름":"둘","값":null})"}));
}

TEST_F(CsvSourceTest, RowsWithoutAKeyAreNumbered) {
  const auto from = source("1,2\n3,4,5\n\n6\n");
  EXPECT_EQ(rows(*from), (Rows{R"(000000001={"column 1":"1","column 2":"2"})",
                               R"(000000002={"column 1":"3","column 2":"4","column 3":"5"})",
                               R"(000000003={"column 1":"6"})"}));
}

TEST_F(CsvSourceTest, AnotherCharsetDelimiterOrOrderIsNoChange) {
  options_.set("id", std::string("id"));
  const auto utf8 = source("id,이름\na,서울특별시 중구 세종대로\nb,부산광역시 연제구 중앙대로\n");
  const Listed before = poll(*utf8);
  // The same in CP949, with tabs, the rows in another order.
  const auto cp949 = source("id\t\xc0\xcc\xb8\xa7\n"
                            "b\t\xba\xce\xbb\xea\xb1\xa4\xbf\xaa\xbd\xc3 \xbf\xac\xc1\xa6\xb1\xb8 "
                            "\xc1\xdf\xbe\xd3\xb4\xeb\xb7\xce\n"
                            "a\t\xbc\xad\xbf\xef\xc6\xaf\xba\xb0\xbd\xc3 "
                            "\xc1\xdf\xb1\xb8 \xbc\xbc\xc1\xbe\xb4\xeb\xb7\xce\n");
  const Listed after = poll(*cp949);
  ASSERT_EQ(after.items.size(), 2U);
  EXPECT_EQ(after.items[0].fingerprint, before.items[0].fingerprint) << rows(*cp949)[0];
  EXPECT_EQ(after.items[1].fingerprint, before.items[1].fingerprint);
}

TEST_F(CsvSourceTest, AnotherNameOfAColumnIsAChange) {
  options_.set("id", std::string("id"));
  const Listed before = poll(*source("id,a\n1,x\n"));
  const Listed after = poll(*source("id,b\n1,x\n"));
  EXPECT_NE(after.items[0].fingerprint, before.items[0].fingerprint);
}

TEST_F(CsvSourceTest, BadRowsAreRejectsAndTheOthersGoOn) {
  options_.set("id", std::string("id"));
  const auto from = source("id,text\na,one\na,two\n,none\nb," + std::string(2000, 'x') + "\nc,three\nd,\"open\ne,x\n");
  const Listed listing = poll(*from);
  ASSERT_EQ(listing.items.size(), 2U);
  std::map<std::string, std::string> codes;
  for (const Reject& reject : listing.rejects) codes[reject.key] = reject.code;
  EXPECT_EQ(codes, (std::map<std::string, std::string>{{"row 2", "already_exists"},
                                                       {"row 3", "invalid_argument"},
                                                       {"row 4", "limit_exceeded"},
                                                       {"row 6", "corrupt"}}));
  // What the open quote has swallowed has not gone.
  EXPECT_EQ(listing.unreadable_prefixes, std::vector<std::string>{""});
}

TEST_F(CsvSourceTest, DocumentsHaveTextTitleAndPlace) {
  options_.set("text", std::string("body"));
  const auto from = source("title,body,n\nT,\"One.\n\nTwo 둘.\",3\n");
  const Item item = poll(*from).items.at(0);
  const auto content = from->read(item, {});
  const auto document = from->direct_document(*content);
  ASSERT_TRUE(document && *document);
  ASSERT_EQ((*document)->blocks.size(), 3U);
  EXPECT_EQ((*document)->title, "T");
  EXPECT_EQ((*document)->blocks[2].text, "Two 둘.");
  EXPECT_EQ((*document)->metadata, (Metadata{{"n", "3"}}));
  EXPECT_EQ((*from->direct_row(*content))->locator.bytes, (ByteRange{13, 33}));
}

TEST_F(CsvSourceTest, WithoutATextColumnEveryColumnIsALine) {
  const auto from = source("name,price\n연필,\n지우개,300\n");
  const Listed listing = poll(*from);
  const auto document = from->direct_document(*from->read(listing.items.at(1), {}));
  ASSERT_TRUE(document && *document);
  EXPECT_EQ((*document)->blocks.at(0).text, "name: 지우개\nprice: 300");
}

TEST_F(CsvSourceTest, AColumnThatIsNotThereIsSaidBeforeAnyRow) {
  options_.set("id", std::string("code"));
  const auto listing = source("id,name\n1,x\n")->poll({});
  ASSERT_FALSE(listing);
  EXPECT_EQ(listing.error().code(), Code::unavailable);
  EXPECT_NE(listing.error().describe().find("no column \"code\", but id, name"), std::string::npos);
}

TEST_F(CsvSourceTest, FilesThatAreNoneAreUnavailable) {
  for (const std::string& bytes : {std::string("\0\1\2\3\0\0\0", 7), std::string(2 << 20, 'x')}) {
    EXPECT_FALSE(source(bytes)->poll({}));
  }
  EXPECT_EQ(source("no zstd", "a.csv.zst")->poll({}).error().code(), Code::unavailable);
  EXPECT_EQ(rows(*source(zstd_compress("a\tb,c\n1\t2,3\n"), "a.tsv.zst")),
            (Rows{R"(000000001={"a":"1","b,c":"2,3"})"}));
  EXPECT_EQ(poll(*source("", "empty.csv")).items.size(), 0U);
}

// Larger than what is read at once, so that rows, characters and line ends are cut.
TEST_F(CsvSourceTest, ALongFileIsReadInPiecesWhateverItsCharset) {
  options_.set("id", std::string("번호"));
  options_.set("max_bytes", std::int64_t{64} << 20);
  std::string utf8 = "번호,이름,값\r\n", cp949 = "\xb9\xf8\xc8\xa3,\xc0\xcc\xb8\xa7,\xb0\xaa\r\n";
  constexpr int kRows = 60'000;
  for (int i = 0; i < kRows; ++i) {
    const std::string number = std::to_string(i), filler(static_cast<std::size_t>(i) % 23, 'x');
    utf8 += number + ",\"서울, \n중구\"," + filler + "\r\n";
    cp949 += number + ",\"\xbc\xad\xbf\xef, \n\xc1\xdf\xb1\xb8\"," + filler + "\r\n";
  }
  const auto of_utf8 = source(utf8);
  const Listed first = poll(*of_utf8);
  ASSERT_EQ(first.items.size(), static_cast<std::size_t>(kRows));
  EXPECT_TRUE(first.rejects.empty());
  const auto of_cp949 = source(cp949);
  const Listed second = poll(*of_cp949);
  ASSERT_EQ(second.items.size(), static_cast<std::size_t>(kRows));
  for (std::size_t i = 0; i < kRows; i += 7) {
    EXPECT_EQ(second.items[i].fingerprint, first.items[i].fingerprint);
    const auto content = of_cp949->read(second.items[i], {});
    ASSERT_TRUE(content) << content.error().describe();
    const auto row = of_cp949->direct_row(*content);
    ASSERT_TRUE(row && row->has_value());
    const ByteRange place = *(*row)->locator.bytes;
    const std::string bytes = cp949.substr(place.start, place.end - place.start);
    EXPECT_TRUE(bytes.starts_with(second.items[i].key + ",\"\xbc\xad")) << bytes;
    EXPECT_EQ(cp949.substr(place.end, 2), "\r\n");
  }
}

TEST_F(CsvSourceTest, BrokenCharactersAreReadAsTheyWereListed) {
  std::string text = "id,이름\n1,\xe2\x82x \xe2\x82\n";
  for (int i = 2; i < 100; ++i) text += std::to_string(i) + ",나루터에서 배를 기다린다\n";
  const auto from = source(text);
  const Listed listing = poll(*from);
  ASSERT_EQ(listing.items.size(), 99U);
  for (const Item& item : listing.items) EXPECT_TRUE(from->read(item, {}));
}

TEST_F(CsvSourceTest, ARowThatIsNotWhatWasListedIsTriedAgain) {
  const auto from = source("a,b\n1,x\n2,y\n");
  const Listed listing = poll(*from);
  ASSERT_TRUE(write_file(join_path(folder_.path(), "rows.csv"), "a,b\n1,z\n2,y\n"));
  EXPECT_EQ(from->read(listing.items.at(0), {}).error().code(), Code::unavailable);
  EXPECT_TRUE(from->read(listing.items.at(1), {}));
}

TEST_F(CsvSourceTest, SaysWhichColumnsThereAre) {
  options_.set("id", std::string("코드"));
  const auto from = source("코드\t이름\t값\na\t하나\t1\nb\t둘\t\nc\n", "rows.tsv");
  const Discovery discovery = *from->discover({});
  ASSERT_EQ(discovery.found.size(), 1U);
  const Found& found = discovery.found[0];
  EXPECT_EQ(found.name, "rows.tsv");
  EXPECT_EQ(found.count, 3U);
  ASSERT_EQ(found.columns.size(), 3U);
  EXPECT_EQ(found.columns[0].name, "코드");
  EXPECT_TRUE(found.columns[0].key);
  EXPECT_FALSE(found.columns[0].nullable);
  EXPECT_EQ(found.columns[2].type, "text");
  EXPECT_TRUE(found.columns[2].nullable);
}

}  // namespace
}  // namespace naru
