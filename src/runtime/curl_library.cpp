#include "runtime/curl_library.h"

#include "runtime/shared_library.h"

namespace naru {

namespace {

// The name of the interface since 2006, with whichever TLS library it was built.
constexpr const char* kName = "libcurl.so.4";

Result<CurlLibrary> open_curl() {
  SharedLibrary library = NARU_TRY(SharedLibrary::open_installed(kName));
  CurlLibrary curl;
  decltype(&::curl_global_init) global_init = nullptr;
  const bool complete =
      library.bind("curl_global_init", global_init) && library.bind("curl_easy_init", curl.easy_init) &&
      library.bind("curl_easy_cleanup", curl.easy_cleanup) && library.bind("curl_easy_reset", curl.easy_reset) &&
      library.bind("curl_easy_setopt", curl.easy_setopt) && library.bind("curl_easy_getinfo", curl.easy_getinfo) &&
      library.bind("curl_easy_perform", curl.easy_perform) &&
      library.bind("curl_easy_strerror", curl.easy_strerror) &&
      library.bind("curl_slist_append", curl.slist_append) &&
      library.bind("curl_slist_free_all", curl.slist_free_all);
  library.keep();
  if (!complete) return Error(Code::unavailable, "libcurl lacks a function that we need");
  if (global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return Error(Code::unavailable, "libcurl did not start");
  return curl;
}

}  // namespace

const Result<CurlLibrary>& CurlLibrary::get() {
  static const Result<CurlLibrary> curl = open_curl();
  return curl;
}

}  // namespace naru
