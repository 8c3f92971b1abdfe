// SharedLibrary: a library opened at run time by its whole path, from a folder of our own, or by name from the system.
// Any thread; owns the handle, so that its functions are valid while it lives.
#pragma once

#include <string>
#include <utility>

#include "naru/result.h"

namespace naru {

class SharedLibrary {
 public:
  // unavailable: it is not there or does not load here, with the loader's reason. The search path is never used.
  static Result<SharedLibrary> open(const std::string& path);
  // By the name that a program would be linked with ("libcurl.so.4"), found as the loader finds those.
  static Result<SharedLibrary> open_installed(const std::string& name);
  SharedLibrary(SharedLibrary&& other) noexcept : handle_(other.handle_) { other.handle_ = nullptr; }
  SharedLibrary& operator=(SharedLibrary&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~SharedLibrary();

  void* symbol(const char* name) const;  // null: not there; libraries that this one needs are searched too

  // Sets `function` to the symbol of that name; false where it is missing.
  template <class Function>
  bool bind(const char* name, Function*& function) const {
    function = reinterpret_cast<Function*>(symbol(name));
    return function != nullptr;
  }

  // Never closes it again: for libraries whose threads or exit handlers outlive every user.
  void keep() { handle_ = nullptr; }

 private:
  explicit SharedLibrary(void* handle) : handle_(handle) {}
  void* handle_;
};

// lib/naru beside the program, or beside its folder where it is installed or is a fuzzer: where bundled libraries lie.
std::string bundled_library_folder();

}  // namespace naru
