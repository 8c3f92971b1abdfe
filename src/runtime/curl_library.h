// libcurl's functions, opened when a first client is made: it brings thirty libraries of its own, which would cost each
// start of the program and of its worker 4 ms of CPU, and most commands ask no network.
//
// Any thread. For http.cpp alone.
#pragma once

#define CURL_DISABLE_TYPECHECK  // its macros name the functions that are not linked
#include <curl/curl.h>

#include "naru/result.h"

namespace naru {

struct CurlLibrary {
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&::curl_easy_reset) easy_reset = nullptr;
  decltype(&::curl_easy_setopt) easy_setopt = nullptr;
  decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&::curl_easy_perform) easy_perform = nullptr;
  decltype(&::curl_easy_strerror) easy_strerror = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;

  // Opened and started once, never closed: its exit handlers outlive every user. unavailable: it is not installed, or
  // did not start.
  static const Result<CurlLibrary>& get();
};

}  // namespace naru
