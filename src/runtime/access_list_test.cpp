#include "runtime/access_list.h"

#include <gtest/gtest.h>

#include "base/little_endian.h"

namespace naru {
namespace {

using Names = std::vector<std::string>;

std::string name_of(Account kind, std::uint32_t id) { return (kind == Account::user ? "u" : "g") + std::to_string(id); }

Names read(const FileAccess& access, FileRight right = FileRight::read) { return allowed_by(access, right, name_of); }

FileAccess with_mode(std::uint32_t mode) { return {mode, 1, 2, "", ""}; }

struct Entry {
  std::uint16_t tag, may;
  std::uint32_t id;
};

FileAccess with_posix(const std::vector<Entry>& entries) {
  FileAccess access = with_mode(0777);
  put_le(access.posix, std::uint32_t{2});
  for (const Entry& entry : entries) {
    put_le(access.posix, entry.tag);
    put_le(access.posix, entry.may);
    put_le(access.posix, entry.id);
  }
  return access;
}

struct Ace {
  std::uint32_t type, flags, mask;
  std::string who;
};

FileAccess with_nfs4(const std::vector<Ace>& entries) {
  FileAccess access = with_mode(0777);
  const auto put = [&](std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) access.nfs4 += static_cast<char>(number >> shift);
  };
  put(static_cast<std::uint32_t>(entries.size()));
  for (const Ace& entry : entries) {
    for (const std::uint32_t number : {entry.type, entry.flags, entry.mask}) put(number);
    put(static_cast<std::uint32_t>(entry.who.size()));
    access.nfs4 += entry.who + std::string((4 - entry.who.size() % 4) % 4, '\0');
  }
  return access;
}

TEST(AccessList, AModeNamesOwnerGroupAndAll) {
  EXPECT_EQ(read(with_mode(0644)), Names{"everyone"});
  EXPECT_EQ(read(with_mode(0640)), (Names{"group:g2", "user:u1"}));
  EXPECT_EQ(read(with_mode(0600)), Names{"user:u1"});
  EXPECT_EQ(read(with_mode(0200)), Names{});
  EXPECT_EQ(read(with_mode(0711), FileRight::enter), Names{"everyone"});
  EXPECT_EQ(read(with_mode(0711)), Names{"user:u1"});
}

TEST(AccessList, WhomANarrowerRuleKeepsOutNoWiderOneLetsIn) {
  EXPECT_EQ(read(with_mode(0604)), Names{"user:u1"}) << "the group may not, and its members are among all";
  EXPECT_EQ(read(with_mode(0044)), Names{});
  EXPECT_EQ(read(with_posix({{1, 6, 0}, {2, 0, 7}, {4, 4, 0}, {16, 7, 0}, {32, 4, 0}})), Names{"user:u1"});
  EXPECT_EQ(read(with_posix({{1, 6, 0}, {2, 4, 7}, {4, 4, 0}, {8, 0, 9}, {16, 7, 0}, {32, 4, 0}})),
            (Names{"group:g2", "user:u1", "user:u7"}));
}

TEST(AccessList, ThePosixMaskBoundsAllButOwnerAndOthers) {
  EXPECT_EQ(read(with_posix({{1, 4, 0}, {2, 4, 7}, {4, 4, 0}, {16, 0, 0}, {32, 0, 0}})), Names{"user:u1"});
  EXPECT_EQ(read(with_posix({{1, 4, 0}, {2, 4, 7}, {4, 0, 0}, {8, 5, 9}, {16, 4, 0}, {32, 0, 0}})),
            (Names{"group:g9", "user:u1", "user:u7"}));
}

TEST(AccessList, OfNfsTheOrderDecides) {
  EXPECT_EQ(read(with_nfs4({{0, 0, 1, "OWNER@"}, {0, 0x40, 1, "staff@example.com"}, {0, 0, 1, "kim@example.com"}})),
            (Names{"group:staff", "user:kim", "user:u1"}));
  EXPECT_EQ(read(with_nfs4({{1, 0, 1, "kim@x"}, {0, 0, 1, "kim@x"}, {0, 0, 1, "lee@x"}, {0, 0, 1, "EVERYONE@"}})),
            Names{"user:lee"});
  EXPECT_EQ(read(with_nfs4({{0, 0, 1, "lee@x"}, {1, 0x40, 1, "staff@x"}, {0, 0, 1, "kim@x"}, {0, 0, 1, "EVERYONE@"}})),
            Names{"user:lee"});
  EXPECT_EQ(read(with_nfs4({{0, 0, 1, "EVERYONE@"}, {1, 0, 1, "kim@x"}})), Names{"everyone"});
  EXPECT_EQ(read(with_nfs4({{0, 8, 1, "EVERYONE@"}, {0, 0, 0x20, "lee@x"}, {2, 0, 1, "kim@x"}})), Names{})
      << "only inherited, another right, an audit";
  EXPECT_EQ(read(with_nfs4({{0, 0, 0x20, "EVERYONE@"}}), FileRight::enter), Names{"everyone"});
}

TEST(AccessList, OneThatIsDamagedLetsNobodyIn) {
  FileAccess posix = with_posix({{32, 7, 0}}), nfs4 = with_nfs4({{0, 0, 1, "EVERYONE@"}});
  for (std::size_t cut = 1; cut < nfs4.nfs4.size() - 3; ++cut) {
    FileAccess damaged = nfs4;
    damaged.nfs4.resize(cut);
    EXPECT_EQ(read(damaged), Names{}) << cut;
  }
  posix.posix.resize(posix.posix.size() - 1);
  EXPECT_EQ(read(posix), Names{});
  nfs4.nfs4[0] = '\x7f';
  EXPECT_EQ(read(nfs4), Names{});
}

}  // namespace
}  // namespace naru
