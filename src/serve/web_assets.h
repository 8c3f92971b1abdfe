// The files of the page, carried inside the program: made from web/ by cmake/Web.cmake and tools/pack_web.py.
#pragma once

#include <span>
#include <string_view>

namespace naru {

struct WebAsset {
  std::string_view path;  // "/assets/index-Ab12.js"
  std::string_view type;  // "text/javascript; charset=utf-8"
  std::string_view body;
  bool gzip = false;      // the body is compressed
};

std::span<const WebAsset> web_assets();  // sorted by path

}  // namespace naru
