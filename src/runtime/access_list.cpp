#include "runtime/access_list.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "runtime/files.h"

namespace naru {

namespace {

// linux/posix_acl_xattr.h: a version, then entries of eight bytes, little-endian.
constexpr std::uint32_t kPosixVersion = 2;
constexpr std::uint16_t kUserObject = 1, kUser = 2, kGroupObject = 4, kGroup = 8, kMask = 16, kOther = 32;
// RFC 7530 6.2.1.
constexpr std::uint32_t kAllow = 0, kDeny = 1, kInheritOnly = 8, kIsGroup = 0x40, kReadData = 1, kExecute = 0x20;
constexpr std::uint32_t kEntriesMax = 10'000;
constexpr std::size_t kAttributeBytesMax = 64U << 10;  // as the kernel has it

// Who is let in, as a list goes on.
class Allowed {
 public:
  explicit Allowed(const AccountName& name_of) : name_of_(name_of) {}

  void user(const std::string& name, bool may) {
    if (may && !none_left_ && !denied_.contains(name)) names_.insert("user:" + name);
    if (!may) denied_.insert(name);
  }
  void group(const std::string& name, bool may) {
    if (may && !none_left_ && denied_.empty()) names_.insert("group:" + name);
    group_denied_ = group_denied_ || !may;
  }
  void everyone(bool may) {
    if (may && !none_left_ && denied_.empty() && !group_denied_) everyone_ = true;
  }
  // Whoever was not let in so far may be one of those who may not.
  void close() { none_left_ = true; }

  std::string name(Account kind, std::uint32_t id) const { return name_of_(kind, id); }
  std::vector<std::string> take() const {
    if (everyone_) return {"everyone"};
    return {names_.begin(), names_.end()};
  }

 private:
  const AccountName& name_of_;
  std::set<std::string> names_, denied_;
  bool group_denied_ = false, everyone_ = false, none_left_ = false;
};

template <class Number>
Number number_at(std::string_view bytes, std::size_t at, bool upper_first) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) {
    const std::size_t place = upper_first ? at + i : at + sizeof number - 1 - i;
    number = static_cast<Number>(number << 8 | static_cast<unsigned char>(bytes[place]));
  }
  return number;
}

struct PosixEntry {
  std::uint16_t tag = 0, may = 0;
  std::uint32_t id = 0;
};

std::optional<std::vector<PosixEntry>> posix_entries(const FileAccess& access) {
  const auto bits = [&](int shift) { return static_cast<std::uint16_t>(access.mode >> shift & 7); };
  if (access.posix.empty()) {
    return std::vector<PosixEntry>{{kUserObject, bits(6), 0}, {kGroupObject, bits(3), 0}, {kOther, bits(0), 0}};
  }
  const std::string_view bytes = access.posix;
  if (bytes.size() < 4 || bytes.size() % 8 != 4 || number_at<std::uint32_t>(bytes, 0, false) != kPosixVersion) {
    return std::nullopt;
  }
  std::vector<PosixEntry> entries;
  for (std::size_t at = 4; at < bytes.size(); at += 8) {
    entries.push_back({number_at<std::uint16_t>(bytes, at, false), number_at<std::uint16_t>(bytes, at + 2, false),
                       number_at<std::uint32_t>(bytes, at + 4, false)});
  }
  return entries;
}

// Users first, then groups, then all others, whatever the order of the entries.
bool read_posix(const FileAccess& access, FileRight right, Allowed& allowed) {
  const std::optional<std::vector<PosixEntry>> entries = posix_entries(access);
  if (!entries) return false;
  const std::uint16_t wanted = right == FileRight::read ? 4 : 1;
  std::uint16_t mask = 7;
  for (const PosixEntry& entry : *entries) {
    if (entry.tag == kMask) mask = entry.may;
  }
  for (const std::uint16_t tag : {kUserObject, kUser, kGroupObject, kGroup, kOther}) {
    for (const PosixEntry& entry : *entries) {
      if (entry.tag != tag) continue;
      const bool masked = tag != kUserObject && tag != kOther;
      const bool may = (entry.may & (masked ? mask : 7) & wanted) != 0;
      switch (tag) {
        case kUserObject: allowed.user(allowed.name(Account::user, access.owner), may); break;
        case kUser: allowed.user(allowed.name(Account::user, entry.id), may); break;
        case kGroupObject: allowed.group(allowed.name(Account::group, access.group), may); break;
        case kGroup: allowed.group(allowed.name(Account::group, entry.id), may); break;
        default: allowed.everyone(may); break;
      }
    }
  }
  return true;
}

// In the order of the entries: the first that names somebody decides.
bool read_nfs4(const FileAccess& access, FileRight right, Allowed& allowed) {
  const std::string_view bytes = access.nfs4;
  std::size_t at = 0;
  const auto next = [&]() -> std::optional<std::uint32_t> {
    if (bytes.size() - at < 4) return std::nullopt;
    at += 4;
    return number_at<std::uint32_t>(bytes, at - 4, true);
  };
  const std::optional<std::uint32_t> count = next();
  if (!count || *count > kEntriesMax) return false;
  const std::uint32_t wanted = right == FileRight::read ? kReadData : kExecute;
  for (std::uint32_t i = 0; i < *count; ++i) {
    const auto type = next(), flags = next(), mask = next(), size = next();
    if (!type || !flags || !mask || !size || *size > bytes.size() - at) return false;
    std::string who(bytes.substr(at, *size));
    at += std::min<std::size_t>((*size + 3ULL) / 4 * 4, bytes.size() - at);
    if ((*type != kAllow && *type != kDeny) || (*mask & wanted) == 0 || (*flags & kInheritOnly) != 0) continue;
    const bool may = *type == kAllow;
    if (who == "OWNER@") {
      allowed.user(allowed.name(Account::user, access.owner), may);
      continue;
    }
    const bool everyone = who == "EVERYONE@";
    const bool group = who == "GROUP@" || (*flags & kIsGroup) != 0;
    const std::string name = who == "GROUP@" ? allowed.name(Account::group, access.group)
                                             : who.substr(0, who.find('@'));
    everyone ? allowed.everyone(may) : group ? allowed.group(name, may) : allowed.user(name, may);
    if (!may && (everyone || group)) allowed.close();
  }
  return true;
}

}  // namespace

Result<FileAccess> access_of(const std::string& path, bool follow_link) {
  struct stat status{};
  const char* name = path.c_str();
  if ((follow_link ? ::stat(name, &status) : ::lstat(name, &status)) != 0) {
    return errno == ENOENT || errno == ENOTDIR ? Error(Code::not_found, "it is not there")
                                               : errno_error("looking at " + path, errno);
  }
  FileAccess access{status.st_mode, status.st_uid, status.st_gid, "", ""};
  for (const auto& [attribute, value] : {std::pair("system.nfs4_acl", &access.nfs4),
                                         std::pair("system.posix_acl_access", &access.posix)}) {
    std::string bytes(kAttributeBytesMax, '\0');
    const ssize_t got = follow_link ? ::getxattr(name, attribute, bytes.data(), bytes.size())
                                    : ::lgetxattr(name, attribute, bytes.data(), bytes.size());
    if (got >= 0) {
      *value = bytes.substr(0, static_cast<std::size_t>(got));
    } else if (errno != ENODATA && errno != ENOTSUP) {
      return errno_error("reading the access list of " + path, errno);
    }
  }
  return access;
}

std::vector<std::string> allowed_by(const FileAccess& access, FileRight right, const AccountName& name_of) {
  Allowed allowed(name_of);
  const bool read = access.nfs4.empty() ? read_posix(access, right, allowed) : read_nfs4(access, right, allowed);
  return read ? allowed.take() : std::vector<std::string>();
}

AccountName account_names() {
  const auto known = std::make_shared<std::map<std::pair<Account, std::uint32_t>, std::string>>();
  return [known](Account kind, std::uint32_t id) {
    const auto [found, is_new] = known->try_emplace({kind, id}, std::to_string(id));
    if (!is_new) return found->second;
    std::array<char, 16384> room{};
    if (kind == Account::user) {
      passwd entry{}, *result = nullptr;
      if (getpwuid_r(id, &entry, room.data(), room.size(), &result) == 0 && result != nullptr) {
        found->second = entry.pw_name;
      }
    } else {
      ::group entry{}, *result = nullptr;
      if (getgrgid_r(id, &entry, room.data(), room.size(), &result) == 0 && result != nullptr) {
        found->second = entry.gr_name;
      }
    }
    return found->second;
  };
}

}  // namespace naru
