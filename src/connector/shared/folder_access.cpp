#include "connector/shared/folder_access.h"

#include "runtime/files.h"

namespace naru {

std::vector<std::string> FolderAccess::of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash);
  return narrowest(enters(folder), allowed(path, FileRight::read)).access;
}

const Label& FolderAccess::enters(const std::string& folder) {
  if (const auto known = folders_.find(folder); known != folders_.end()) return known->second;
  Label may = allowed(folder, FileRight::enter);
  if (!folder.empty()) {
    const std::size_t slash = folder.rfind('/');
    may = narrowest(enters(slash == std::string::npos ? "" : folder.substr(0, slash)), may);
  }
  return folders_.emplace(folder, std::move(may)).first->second;
}

Label FolderAccess::allowed(const std::string& path, FileRight right) const {
  const std::string full = path.empty() ? root_ : join_path(root_, path);
  const Result<FileAccess> access = access_of(full, follow_links_ || path.empty());
  return {access ? allowed_by(*access, right, name_of_) : std::vector<std::string>(), Trust::user};
}

}  // namespace naru
