// FolderAccess: who may read the files below a folder where they lie: who may enter each folder on the way, and read
// the file. As of one look: what was seen of a folder is kept.
//
// One thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "naru/record.h"
#include "runtime/access_list.h"

namespace naru {

class FolderAccess {
 public:
  FolderAccess(std::string root, bool follow_links, AccountName name_of = account_names())
      : root_(std::move(root)), follow_links_(follow_links), name_of_(std::move(name_of)) {}

  // Item::access of a file by its path below the folder; nobody where that cannot be told.
  std::vector<std::string> of(const std::string& path);

 private:
  const Label& enters(const std::string& folder);
  Label allowed(const std::string& path, FileRight right) const;

  const std::string root_;
  const bool follow_links_;
  const AccountName name_of_;
  std::map<std::string, Label> folders_;  // by their paths, who may come into them
};

}  // namespace naru
