// Who may read a file, as the system that holds it says: by its access list (POSIX.1e, NFSv4) or its mode.
//
// A label of ours names who may, and cannot name who may not. So a denial comes first: whom it might concern is not
// let in by anything wider. After a user who may not, groups and everyone are left out, for that user may be one of
// them; after a group that may not, everyone is. Nobody gets in whom the system keeps out; some whom it lets in do not.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "naru/result.h"

namespace naru {

struct FileAccess {
  std::uint32_t mode = 0, owner = 0, group = 0;  // as stat() has them
  // Extended attributes as they lie; empty: there is none.
  std::string posix;  // system.posix_acl_access
  std::string nfs4;   // system.nfs4_acl, RFC 7530 6.2 in XDR
};

// Of what a path names; of a link its own, unless it is followed. not_found; io.
Result<FileAccess> access_of(const std::string& path, bool follow_link);

enum class FileRight : std::uint8_t { read, enter };  // a file; a folder

enum class Account : std::uint8_t { user, group };
using AccountName = std::function<std::string(Account kind, std::uint32_t id)>;

// Sorted, as labels have them: "user:kim", "group:staff"; where all may, "everyone" alone. A list that cannot be read
// lets nobody in.
std::vector<std::string> allowed_by(const FileAccess& access, FileRight right, const AccountName& name_of);

// By the accounts of this machine, each asked for once while the object lives; of one that has no name its number.
// One thread.
AccountName account_names();

}  // namespace naru
