// pii: personal data in a Document is masked, or only named, before the text is cut, embedded or answered from.
//
// A Map over documents, between `parse` and `chunk`. It sees titles, metadata, headings and blocks; a number in a table
// is judged by the whole row, so that the label in the cell beside it counts. Which kinds were found stands in the
// metadata `pii`, for filters (`meta.pii = phone`). The bytes at the source are not touched: who may open an original
// sees what stands there. Rules and their limits: text/personal_data.h.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "naru/registry.h"
#include "operator/shared/step_options.h"
#include "text/personal_data.h"

namespace naru {

namespace {

// Names and addresses have no check digit and no shape of their own: whoever wants them says so.
constexpr auto kFirstOnRequest = PersonalDataKind::person;

using Kinds = std::set<PersonalDataKind>;

std::string mask_of(PersonalDataKind kind) { return fmt::format("[{}]", personal_data_name(kind)); }

class PiiStep : public Operator {
 public:
  PiiStep(Kinds kinds, bool masks, Id128 fingerprint)
      : kinds_(std::move(kinds)), masks_(masks), fingerprint_(fingerprint) {}

  Result<Batch> process(Batch batch, WorkerState*, std::stop_token) const override {
    for (Record& record : batch) {
      if (Document* document = std::get_if<Document>(&record.payload)) treat(*document);
    }
    return batch;
  }

  Id128 fingerprint() const override { return fingerprint_; }

 private:
  void treat(Document& document) const {
    Kinds found;
    treat(document.title, found);
    for (auto& [name, value] : document.metadata) treat(value, found);
    for (Block& block : document.blocks) {
      for (std::string& heading : block.heading_path) treat(heading, found);
      if (block.cells.empty()) {
        treat(block.text, found);
      } else {
        treat_table(block, found);
      }
    }
    for (const PersonalDataKind kind : found) {
      document.metadata.emplace_back("pii", std::string(personal_data_name(kind)));
    }
  }

  std::vector<PersonalData> find(std::string_view text, Kinds& found) const {
    std::vector<PersonalData> data = find_personal_data(text);
    std::erase_if(data, [&](const PersonalData& one) { return !kinds_.contains(one.kind); });
    for (const PersonalData& one : data) found.insert(one.kind);
    return data;
  }

  void treat(std::string& text, Kinds& found) const {
    const std::vector<PersonalData> data = find(text, found);
    if (masks_) mask(text, data);
  }

  static void mask(std::string& text, const std::vector<PersonalData>& data) {
    for (auto one = data.rbegin(); one != data.rend(); ++one) {
      text.replace(one->start, one->end - one->start, mask_of(one->kind));
    }
  }

  // What is found in the table's text is masked in its cells too: a cell holds it whole, in the order of the text.
  void treat_table(Block& block, Kinds& found) const {
    const std::string before = block.text;
    const std::vector<PersonalData> data = find(before, found);
    if (!masks_) return;
    mask(block.text, data);
    for (std::vector<std::string>& row : block.cells) {
      for (std::string& cell : row) {
        for (const PersonalData& one : data) {
          replace_all(cell, before.substr(one.start, one.end - one.start), one.kind);
        }
        treat(cell, found);
      }
    }
  }

  static void replace_all(std::string& text, std::string_view what, PersonalDataKind kind) {
    const std::string mask = mask_of(kind);
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += mask.size()) {
      text.replace(at, what.size(), mask);
    }
  }

  const Kinds kinds_;
  const bool masks_;
  const Id128 fingerprint_;
};

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "pii";
  descriptor.summary = "Masks or names personal data: Korean numbers, cards, phones, mail, dates of birth.";
  OptionSpec kinds;
  kinds.name = "kinds";
  kinds.type = OptionType::text_list;
  kinds.summary = "Which kinds; without it all but person and address, which are guesses.";
  kinds.optional = true;
  OptionSpec action;
  action.name = "action";
  action.summary = "mask writes [phone] in its place; name leaves the text, and the metadata say what is there.";
  action.choices = {"mask", "name"};
  action.fallback = "mask";
  descriptor.options = {kinds, action};
  descriptor.examples = {"pii", "pii: {action: name}", "pii: {kinds: [resident_number, phone, person, address]}"};
  return descriptor;
}

Result<Kinds> kinds_of(const Options& options) {
  Kinds kinds;
  if (!options.has("kinds")) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(kFirstOnRequest); ++i) {
      kinds.insert(static_cast<PersonalDataKind>(i));
    }
    return kinds;
  }
  for (const std::string& name : options.list("kinds")) {
    PersonalDataKind kind{};
    if (!personal_data_from_name(name, &kind)) {
      std::vector<std::string_view> known;
      for (std::size_t i = 0; i < kPersonalDataKinds; ++i) {
        known.push_back(personal_data_name(static_cast<PersonalDataKind>(i)));
      }
      return Error(Code::invalid_argument, fmt::format("{}: pii knows no kind \"{}\"; it knows {}",
                                                       options.place.text(), name, fmt::join(known, ", ")));
    }
    kinds.insert(kind);
  }
  return kinds;
}

Result<std::unique_ptr<Operator>> make_pii(const Options& options, const OperatorContext&) {
  Kinds kinds = NARU_TRY(kinds_of(options));
  const Id128 fingerprint = step_fingerprint(describe(), options);
  return std::unique_ptr<Operator>(
      std::make_unique<PiiStep>(std::move(kinds), options.text("action") == "mask", fingerprint));
}

}  // namespace

void register_pii(Registry& registry) { registry.add_operator(describe(), make_pii); }

}  // namespace naru
