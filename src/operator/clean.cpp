// clean: texts as people read them, before they are cut, compared and judged.
//
// A Map over documents. Titles, headings, blocks and cells are composed and lose what nobody sees (text/clean.h); code
// keeps its blanks. Lines that stand again and again, as the head of each page and the foot of each mail do, go where
// `boilerplate` says so: short paragraphs, captions and list items that stand at least so many times in the document,
// whatever numbers are in them. Blocks that are empty then go too. The places of what stays are as they were.
#include <map>

#include "naru/registry.h"
#include "operator/shared/step_options.h"
#include "text/clean.h"
#include "text/text_shape.h"

namespace naru {

namespace {

// A head or a foot is a line of a page, of at most so many columns.
constexpr std::size_t kBoilerplateColumnsMax = 100;

bool may_be_boilerplate(const Block& block) {
  const bool of_text = block.kind == BlockKind::paragraph || block.kind == BlockKind::caption ||
                       block.kind == BlockKind::list_item || block.kind == BlockKind::quote;
  return of_text && columns(block.text) <= kBoilerplateColumnsMax;
}

class CleanStep : public Operator {
 public:
  CleanStep(std::int64_t times, Id128 fingerprint) : times_(times), fingerprint_(fingerprint) {}

  Result<Batch> process(Batch batch, WorkerState*, std::stop_token) const override {
    for (Record& record : batch) {
      if (Document* document = std::get_if<Document>(&record.payload)) clean(*document);
    }
    return batch;
  }

  Id128 fingerprint() const override { return fingerprint_; }

 private:
  void clean(Document& document) const {
    fold(document.title);
    for (Block& block : document.blocks) {
      block.text = clean_text(block.text, block.kind == BlockKind::code ? Blanks::keep : Blanks::fold);
      for (std::string& heading : block.heading_path) fold(heading);
      for (std::vector<std::string>& row : block.cells) {
        for (std::string& cell : row) fold(cell);
      }
    }
    if (times_ > 0) drop_boilerplate(document);
    std::erase_if(document.blocks, [](const Block& block) { return block.text.empty(); });
  }

  static void fold(std::string& text) { text = clean_text(text, Blanks::fold); }

  void drop_boilerplate(Document& document) const {
    std::map<std::string, std::int64_t> times;
    for (const Block& block : document.blocks) {
      if (may_be_boilerplate(block)) ++times[without_numbers(block.text)];
    }
    std::erase_if(document.blocks, [&](const Block& block) {
      return may_be_boilerplate(block) && times[without_numbers(block.text)] >= times_;
    });
  }

  const std::int64_t times_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "clean";
  descriptor.summary = "Composes text, folds blanks, takes out what nobody sees and lines that stand on every page.";
  OptionSpec boilerplate;
  boilerplate.name = "boilerplate";
  boilerplate.type = OptionType::integer;
  boilerplate.summary = "Short lines that stand so many times in a document go, whatever their numbers; 0: none.";
  boilerplate.fallback = std::int64_t{0};
  boilerplate.unit = "times";
  boilerplate.minimum = 0;
  descriptor.options = {boilerplate};
  descriptor.examples = {"clean", "clean: {boilerplate: 4}"};
  return descriptor;
}

Result<std::unique_ptr<Operator>> make_clean(const Options& options, const OperatorContext&) {
  return std::unique_ptr<Operator>(
      std::make_unique<CleanStep>(options.integer("boilerplate"), step_fingerprint(describe(), options)));
}

}  // namespace

void register_clean(Registry& registry) { registry.add_operator(describe(), make_clean); }

}  // namespace naru
