#include "store/rooms.h"

#include <gtest/gtest.h>

#include "store/testing.h"

namespace naru {
namespace {

using testing::Page;

constexpr const char* kFlow = "test";

Json answer_of(const std::string& question, const std::string& doc) {
  return {{"question", question},
          {"answer", "yes"},
          {"citations", Json::array({{{"doc", doc}, {"kb", kFlow}}})},
          {"evidence", Json::array()}};
}

class RoomsTest : public ::testing::Test {
 protected:
  RoomsTest() {
    put("open.txt", "everybody reads this", {{"everyone"}, Trust::tenant});
    put("secret.txt", "the Zitronenfalter merger", {{"group:board"}, Trust::tenant});
  }

  void put(const std::string& key, const std::string& text, const Label& label) {
    ChangeSet changes;
    changes.flow = kFlow;
    changes.knowledge_base = kFlow;
    changes.upserts.push_back(testing::upsert_of(kFlow, key, Page{{text}, label}, false));
    ASSERT_TRUE(store_->apply(changes));
  }
  bool say(const Principal& who, const std::string& room, const std::string& id, const std::string& doc) {
    EXPECT_TRUE(store_->put_answer(id, answer_of("question " + id, doc)));
    const Result<RoomInfo> found = rooms_.find_or_make(who, room);
    EXPECT_TRUE(found) << found.error().describe();
    const Result<bool> added = rooms_.add_turn(who, found->id, id);
    EXPECT_TRUE(added) << added.error().describe();
    return added && *added;
  }

  const TemporaryFolder folder_ = *TemporaryFolder::make("naru-rooms");
  std::unique_ptr<Store> store_ = *Store::open(folder_.path() + "/.naru", Access::write);
  Rooms rooms_{folder_.path() + "/.naru"};
  const Principal owner_ = Principal::owner(), kim_ = Principal::of("kim", {"board"}), lee_ = Principal::of("lee", {});
};

TEST_F(RoomsTest, KeepTurnsInOrderForAnotherProcess) {
  EXPECT_TRUE(say(owner_, "leave", "a-1", "open.txt"));
  EXPECT_TRUE(say(owner_, "leave", "a-2", "open.txt"));
  EXPECT_TRUE(say(owner_, "travel", "a-3", "open.txt"));
  const Rooms other(folder_.path() + "/.naru");
  const auto turns = other.turns(owner_, "leave", 10);
  ASSERT_TRUE(turns);
  ASSERT_EQ(turns->size(), 2U);
  EXPECT_EQ((*turns)[0].question, "question a-1");
  EXPECT_EQ((*turns)[1].answer["answer"], "yes");
  const auto older = other.turns(owner_, "leave", 10, (*turns)[1].number);
  ASSERT_EQ(older->size(), 1U);
  const auto newest = other.turns(owner_, "leave", 1);
  EXPECT_EQ(newest->front().question, "question a-2");
  const auto rooms = other.list(owner_);
  ASSERT_EQ(rooms->size(), 2U);
  EXPECT_EQ((*rooms)[0].name, "travel");
  EXPECT_EQ((*rooms)[1].turns, 2U);
}

TEST_F(RoomsTest, OfOneAreNotThereForAnother) {
  EXPECT_TRUE(say(kim_, "plans", "a-1", "open.txt"));
  for (const Principal& other : {owner_, lee_, Principal::of("owner", {})}) {
    EXPECT_TRUE(rooms_.list(other)->empty());
    const auto absent = rooms_.find(other, "nowhere"), hidden = rooms_.find(other, "plans");
    ASSERT_FALSE(hidden);
    EXPECT_EQ(hidden.error().code(), absent.error().code());
    EXPECT_EQ(hidden.error().message(), "there is no room \"plans\"");
    EXPECT_EQ(rooms_.turns(other, "plans", 10).error().code(), Code::not_found);
    EXPECT_EQ(rooms_.forget(other, "plans").error().code(), Code::not_found);
    EXPECT_EQ(rooms_.rename(other, "plans", "mine").error().code(), Code::not_found);
    EXPECT_FALSE(*rooms_.add_turn(other, rooms_.find(kim_, "plans")->id, "a-1"));
  }
  // Equal names do not meet.
  EXPECT_TRUE(say(owner_, "plans", "a-2", "open.txt"));
  EXPECT_EQ(rooms_.turns(owner_, "plans", 10)->size(), 1U);
  EXPECT_EQ(*rooms_.forget(owner_, "plans"), 1U);
  EXPECT_EQ(rooms_.turns(kim_, "plans", 10)->size(), 1U);
}

TEST_F(RoomsTest, KeepBackAnAnswerWhoseDocumentMayNotBeReadAnyMore) {
  EXPECT_TRUE(say(kim_, "plans", "a-1", "secret.txt"));
  EXPECT_FALSE(rooms_.turns(kim_, "plans", 10)->front().answer.is_null());
  const auto turns = rooms_.turns(Principal::of("kim", {}), "plans", 10);  // left the board
  ASSERT_EQ(turns->size(), 1U);
  EXPECT_TRUE(turns->front().answer.is_null());
  EXPECT_EQ(turns->front().question, "question a-1");
}

TEST_F(RoomsTest, LoseWhatIsForgottenWithItsDocument) {
  EXPECT_TRUE(say(owner_, "plans", "a-1", "secret.txt"));
  EXPECT_TRUE(say(owner_, "plans", "a-2", "open.txt"));
  EXPECT_TRUE(say(owner_, "about Zitronenfalter", "a-3", "open.txt"));
  const auto proof = store_->forget(kFlow, "secret.txt");
  ASSERT_TRUE(proof) << proof.error().describe();
  EXPECT_EQ(proof->found_in, std::vector<std::string>{});
  EXPECT_EQ(proof->answers, 1U);
  EXPECT_EQ(rooms_.turns(owner_, "plans", 10)->size(), 1U);
  EXPECT_EQ(rooms_.find(owner_, "plans")->turns, 1U);
  EXPECT_FALSE(rooms_.find(owner_, "about Zitronenfalter"));
  EXPECT_EQ(rooms_.list(owner_)->size(), 2U);
  // An answer that comes only now is not kept, and is no turn.
  EXPECT_FALSE(say(owner_, "plans", "a-4", "secret.txt"));
}

TEST_F(RoomsTest, TakeTheirAnswersAlongWhenTheyGo) {
  EXPECT_TRUE(say(owner_, "plans", "a-1", "open.txt"));
  const std::int64_t id = rooms_.find(owner_, "plans")->id;
  EXPECT_EQ(*rooms_.forget(owner_, "plans"), 1U);
  EXPECT_FALSE(store_->answer("a-1", owner_));
  EXPECT_FALSE(*rooms_.add_turn(owner_, id, "a-1"));  // asked before, answered after
  EXPECT_EQ(rooms_.forget(owner_, "plans").error().code(), Code::not_found);
}

TEST_F(RoomsTest, KeepSoManyTurnsAndSayHowManyWent) {
  EXPECT_TRUE(say(owner_, "long", "a-1", "open.txt"));
  const std::int64_t id = rooms_.find(owner_, "long")->id;
  const auto truth = *Database::open(folder_.path() + "/.naru/truth.db", false);
  ASSERT_TRUE(truth->execute("WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < " +
                             std::to_string(kTurnsKept) + ") INSERT INTO turns(room, answer, asked_ms) SELECT " +
                             std::to_string(id) + ", 'a-1', 0 FROM n"));
  EXPECT_EQ(rooms_.find(owner_, "long")->turns, kTurnsKept);
  EXPECT_TRUE(say(owner_, "long", "a-2", "open.txt"));
  const RoomInfo room = *rooms_.find(owner_, "long");
  EXPECT_EQ(room.turns, kTurnsKept);
  EXPECT_EQ(room.turns_gone, 1U);
  EXPECT_EQ(rooms_.turns(owner_, "long", kTurnsKept)->back().question, "question a-2");
}

TEST_F(RoomsTest, TakeOnlyNamesThatCanBeShown) {
  for (const std::string& name : {std::string(), std::string("  "), std::string(kRoomNameBytesMax + 1, 'a'),
                                  std::string("a\x1b[2J")}) {
    EXPECT_EQ(rooms_.make(owner_, name).error().code(), Code::invalid_argument) << name;
  }
  EXPECT_EQ(rooms_.make(owner_, " 휴가  규정 ")->name, "휴가 규정");
  EXPECT_EQ(rooms_.make(owner_, "휴가 규정").error().code(), Code::already_exists);
  EXPECT_EQ(rooms_.rename(owner_, "휴가 규정", "출장")->name, "출장");
  EXPECT_TRUE(rooms_.make(owner_, "휴가 규정"));
  EXPECT_EQ(rooms_.rename(owner_, "휴가 규정", "출장").error().code(), Code::already_exists);
}

TEST(RoomsWithoutAStore, AreNoneAndCannotBeMade) {
  const TemporaryFolder folder = *TemporaryFolder::make("naru-rooms");
  Rooms rooms(folder.path() + "/.naru");
  EXPECT_TRUE(rooms.list(Principal::owner())->empty());
  EXPECT_EQ(rooms.make(Principal::owner(), "a").error().code(), Code::not_found);
  EXPECT_EQ(rooms.find(Principal::owner(), "a").error().code(), Code::not_found);
}

}  // namespace
}  // namespace naru
