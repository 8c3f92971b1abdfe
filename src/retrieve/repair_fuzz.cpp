// Any bytes typed into search over a store that is really there: repaired or left alone, the same again, and only with
// words that the reader may see.
#include <cstdlib>
#include <string>
#include <vector>

#include "retrieve/repair.h"
#include "store/testing.h"
#include "text/unicode.h"

namespace {

using naru::testing::Desk;
using naru::testing::Page;

void check(bool holds) {
  if (!holds) std::abort();
}

// Words of both scripts, written together and apart, and one that only the staff may read.
naru::testing::Pages pages() {
  Page closed{{"Zanzibar 비밀문서"}, {}};
  closed.label.access = {"group:staff"};
  naru::testing::Pages pages = {
      {"leave.txt", {{"연차 휴가는 도서관에서 신청한다.", "annual leave and retrieval of a document"}, {}}},
      {"pump.txt", {{"The pump runs at night, 나루 한글 데이터를 나른다."}, {}}},
      {"closed.txt", closed}};
  for (const char* key : {"leave.txt", "pump.txt"}) pages[key].label.access = {"everyone"};
  return pages;
}

// Made once: a query changes nothing.
class Workplace {
 public:
  Workplace() : desk_(folder_.path()) {
    desk_.set_embed(false);
    check(desk_.put(pages()).has_value());
    all_ = {{"kb", desk_.snapshot()}};
    some_ = {{"kb", desk_.snapshot(naru::Principal::of("kim", {"guests"}))}};
  }
  const std::vector<naru::NamedSnapshot>& all() const { return all_; }
  const std::vector<naru::NamedSnapshot>& some() const { return some_; }

 private:
  naru::TemporaryFolder folder_ = std::move(*naru::TemporaryFolder::make("repair-fuzz"));
  Desk desk_;
  std::vector<naru::NamedSnapshot> all_, some_;
};

std::size_t leaves(const naru::QueryNode& node) {
  std::size_t count = node.children.empty() ? 1 : 0;
  for (const naru::QueryNode& child : node.children) count += leaves(child);
  return count;
}

std::vector<naru::Repair> check_repair(const std::vector<naru::NamedSnapshot>& bases, naru::ParsedQuery query) {
  const std::string typed = query.plain;
  const naru::Result<std::vector<naru::Repair>> repairs = naru::repair_query(bases, query, nullptr);
  check(repairs.has_value());
  check(repairs->size() <= naru::kRepairWordsMax);
  check(!repairs->empty() || query.plain == typed);
  for (const naru::Repair& repair : *repairs) {
    check(!repair.used.empty() && repair.used.size() <= naru::kInitialsWordsMax && !repair.typed.empty());
    check(naru::is_valid_utf8(naru::note_text(naru::repair_note(repair))));
    for (const std::string& used : repair.used) check(!used.empty() && naru::is_valid_utf8(used));
  }
  std::size_t asked = 0;
  for (const naru::QueryCondition& condition : query.conditions) {
    asked += leaves(condition.node);
    check((*bases.front().second).rows_where(condition.node).has_value());
  }
  check(asked <= naru::kQueryClausesMax * naru::kInitialsWordsMax);
  return *repairs;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Workplace workplace;
  const std::string text = naru::repair_utf8({reinterpret_cast<const char*>(data), size});
  const naru::Result<naru::ParsedQuery> parsed = naru::parse_query(text);
  if (!parsed) return 0;  // too many clauses
  const std::vector<naru::Repair> repairs = check_repair(workplace.all(), *parsed);
  const std::vector<naru::Repair> again = check_repair(workplace.all(), *parsed);
  check(repairs.size() == again.size());
  for (std::size_t i = 0; i < repairs.size(); ++i) check(repairs[i].used == again[i].used);
  for (const naru::Repair& repair : check_repair(workplace.some(), *parsed)) {
    for (const std::string& used : repair.used) {
      check(used.find("zanzibar") == std::string::npos && used.find("비밀") == std::string::npos);
    }
  }
  return 0;
}
