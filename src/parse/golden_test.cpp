// What the parsers make of the documents in tests/golden/parse/, as `naru parse --json` prints it, kept beside them.
// NARU_UPDATE=1 rewrites the answers; the difference is to be read before it is committed.
#include <gtest/gtest.h>

#include "parse/shared/golden_testing.h"
#include "parse/shared/pdf_testing.h"
#include "parse/shared/testing.h"
#include "record/json.h"

namespace naru {
namespace {

// Beside every document stands its answer, whose name is longer by this.
bool is_answer(const std::string& path) {
  for (const std::string_view end : {".main.json", ".json"}) {
    if (path.ends_with(end) && file_exists(path.substr(0, path.size() - end.size()))) return true;
  }
  return false;
}

// Names below the folder of goldens: those that stand in it, and those of one format in its own folder.
std::vector<std::string> document_names() {
  std::vector<std::string> names;
  for (const std::string& name : list_folder(kGoldenFolder).value_or({})) {
    const std::string path = join_path(kGoldenFolder, name);
    if (!is_folder(path)) {
      if (!is_answer(path)) names.push_back(name);
      continue;
    }
    for (const std::string& inner : list_folder(path).value_or({})) {
      if (!is_answer(join_path(path, inner))) names.push_back(join_path(name, inner));
    }
  }
  return names;
}

// Two pages with all that the layout knows: sizes, a list, a wrapped paragraph, Hangul, a turned page, a form value.
std::string handbook() {
  PdfWriter writer;
  writer.info = "/Title(Ferry handbook)/Author(The ferrymen)";
  std::string page = PdfWriter::text(72, 720, 24, "Ferry handbook") + PdfWriter::text(72, 680, 16, "시간표", "K");
  page += PdfWriter::text(72, 650, 11, "The ferry crosses the river twice a day, in the morn-") +
          PdfWriter::text(72, 636, 11, "ing and in the evening, whatever the weather is.");
  page += PdfWriter::text(72, 606, 11, "배는 하루 두 번 강을 건넌다.", "K");
  page += PdfWriter::text(72, 580, 11, "1. Wait behind the line.") + PdfWriter::text(72, 566, 11, "2. Hold your hat.");
  writer.add(page);
  // Lies on its side and is shown upright.
  writer.add({"q 0 1 -1 0 576 36 cm " + PdfWriter::text(20, 500, 16, "Tickets", "B") +
                  PdfWriter::text(20, 470, 11, "Sold at the gate.") + " Q",
              "/Rotate 90/CropBox [36 36 576 756]",
              {"<</Subtype/Widget/FT/Tx/T(price)/V(2 coins)/Rect[200 56 214 156]>>"}});
  return writer.write();
}

TEST(ParseGolden, DocumentsReadAsTheyDid) {
  if (updating()) expect_golden_file("handbook.pdf", handbook());
  std::size_t compared = 0;
  for (const std::string& name : document_names()) {
    const std::string path = join_path(kGoldenFolder, name);
    const Result<std::string> bytes = read_file(path);
    ASSERT_TRUE(bytes) << bytes.error().describe();
    for (const bool main_text : {false, true}) {
      if (main_text && name != "page.html") continue;
      Document document = parsed(*bytes, file_extension(name), main_text ? WebText::main_text : WebText::automatic);
      document.uri = name;
      const std::string got = document_to_json(document).dump(1) + "\n";
      const std::string answer = path + (main_text ? ".main.json" : ".json");
      if (updating()) {
        ASSERT_TRUE(write_file(answer, got));
      }
      const Result<std::string> wanted = read_file(answer);
      ASSERT_TRUE(wanted) << wanted.error().describe();
      EXPECT_EQ(got, *wanted) << answer << ": NARU_UPDATE=1 rewrites it";
      ++compared;
    }
  }
  EXPECT_GE(compared, 120U);
}

TEST(ParseGolden, TheHandbookIsTheOneThatTheTestWrites) { expect_golden_file("handbook.pdf", handbook()); }

}  // namespace
}  // namespace naru
