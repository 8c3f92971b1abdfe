#include "parse/pdf/pdfium.h"

#include <fmt/format.h>

#include "parse/pdf/square_font.h"
#include "runtime/files.h"
#include "runtime/shared_library.h"

namespace naru {

namespace {

// Beside the program in a build tree, beside its folder where it is installed or is a fuzzer.
Result<SharedLibrary> open_bundled(const std::string& name) {
  const std::string here = executable_folder();
  const std::string file = join_path(join_path("lib", "naru"), name);
  Result<SharedLibrary> beside = SharedLibrary::open(join_path(here, file));
  if (beside) return beside;
  Result<SharedLibrary> above = SharedLibrary::open(join_path(join_path(here, ".."), file));
  if (above) return above;
  return std::move(beside).error().with("opening " + name + ": run scripts/bootstrap and build");
}

Result<Pdfium> load() {
  SharedLibrary library = NARU_TRY(open_bundled("libpdfium.so"));
  Pdfium table;
#define NARU_PDFIUM_LOAD(NAME)             \
  if (!library.bind(#NAME, table.NAME##_)) \
    return Error(Code::unavailable, "libpdfium.so lacks the function " #NAME ": run scripts/bootstrap and build");
  NARU_PDFIUM_FUNCTIONS(NARU_PDFIUM_LOAD)
#undef NARU_PDFIUM_LOAD
  FPDF_LIBRARY_CONFIG config{};
  config.version = 2;
  table.FPDF_InitLibraryWithConfig_(&config);
  table.FPDF_SetSystemFontInfo_(pdf::square_font_info());
  library.keep();
  return table;
}

}  // namespace

Result<const Pdfium*> pdfium() {
  static const Result<Pdfium> table = load();
  if (!table) return table.error();
  return &*table;
}

}  // namespace naru
