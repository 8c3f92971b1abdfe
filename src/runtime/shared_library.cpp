#include "runtime/shared_library.h"

#include <dlfcn.h>

#include "runtime/files.h"

namespace naru {

Result<SharedLibrary> SharedLibrary::open(const std::string& path) {
  if (path.find('/') == std::string::npos) {
    return Error(Code::invalid_argument, "a library is opened by its whole path, not by the name " + path);
  }
  return open_installed(path);
}

Result<SharedLibrary> SharedLibrary::open_installed(const std::string& path) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = dlerror();
    return Error(Code::unavailable, "cannot open the library: " + std::string(reason == nullptr ? path : reason));
  }
  return SharedLibrary(handle);
}

SharedLibrary::~SharedLibrary() {
  if (handle_ != nullptr) dlclose(handle_);
}

void* SharedLibrary::symbol(const char* name) const { return handle_ == nullptr ? nullptr : dlsym(handle_, name); }

std::string bundled_library_folder() {
  const std::string inside = join_path("lib", "naru");
  const std::string beside = join_path(executable_folder(), inside);
  if (is_folder(beside)) return beside;
  const std::string above = join_path(join_path(executable_folder(), ".."), inside);
  return is_folder(above) ? above : beside;
}

}  // namespace naru
