// Any bytes as XML and as HTML: they come to an end, without more tags and texts than bytes, and nothing that is read
// out of them is longer than they are.
#include <cstdint>
#include <cstdlib>

#include "connector/shared/markup_scan.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const naru::Markup markup : {naru::Markup::xml, naru::Markup::html}) {
    naru::MarkupScan scan(text, markup);
    std::size_t tokens = 0, read = 0;
    for (auto kind = scan.next(); kind != naru::MarkupScan::Kind::end; kind = scan.next()) {
      check(++tokens <= size);
      if (kind == naru::MarkupScan::Kind::text) {
        read += scan.text().size();
        continue;
      }
      read += scan.name().size();
      if (kind == naru::MarkupScan::Kind::open) check(scan.attribute("href").size() <= size);
    }
    check(read <= size);
    check(scan.next() == naru::MarkupScan::Kind::end);
  }
  return 0;
}
