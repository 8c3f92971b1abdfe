// Filters of a snapshot against the same condition in SQL over the same rows, on random expressions.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "record/date.h"
#include "runtime/random.h"
#include "runtime/sandbox.h"
#include "store/sqlite.h"
#include "store/testing.h"

namespace naru {
namespace {

using testing::Desk;
using testing::Pages;

constexpr int kExpressions = kSanitized ? 100 : 600;  // ten times slower
constexpr int kDocuments = 60;

std::string quoted_sql(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return out + "\"";
}

// A filter and what it is in SQL: a missing value is NULL there, and a condition on it is false.
struct Both {
  std::string filter, sql;
};

class Writer {
 public:
  explicit Writer(Random& random) : random_(random) {}

  Both expression(int depth) {
    const std::uint64_t kind = depth == 0 ? 0 : random_.below(5);
    if (kind <= 1) return comparison();
    if (kind == 2) {
      const Both inner = expression(depth - 1);
      return {"not (" + inner.filter + ")", "NOT (" + inner.sql + ")"};
    }
    const Both a = expression(depth - 1), b = expression(depth - 1);
    const std::string word = kind == 3 ? " and " : " or ";
    return {"(" + a.filter + ")" + word + "(" + b.filter + ")", "((" + a.sql + ")" + word + "(" + b.sql + "))"};
  }

 private:
  std::string pick(const std::vector<std::string>& from) { return from[random_.below(from.size())]; }

  Both comparison() {
    const std::uint64_t field = random_.below(8);
    if (field == 0) return date();
    if (field == 1) return number();
    static const std::vector<std::string> kNames = {"path", "title", "language", "format", "meta.author", "source"};
    const std::string name = kNames[field - 2];
    const std::string column = name == "meta.author" ? "author" : name;
    const std::string value = pick({"a/1.md", "a/", "b/10.md", "", "Leave", "휴가", "휴", "ko", "en", "pdf", "text", "kim",
                                    "O'Neil \"x\"", "notes", "z"});
    const std::uint64_t kind = random_.below(6);
    if (kind == 0) return {name + " exists", "coalesce(" + column + " <> '', 0)"};
    if (kind == 1) {
      return {name + " prefix " + quoted(value), "coalesce(substr(" + column + ", 1, length(" + quoted_sql(value) +
                                                     ")) = " + quoted_sql(value) + ", 0)"};
    }
    if (kind == 2) {
      const std::string other = pick({"ko", "a/2.md", "Leave", ""});
      const bool negated = random_.below(2) == 0;
      return {name + (negated ? " not" : "") + " in (" + quoted(value) + "," + quoted(other) + ")",
              std::string(negated ? "NOT " : "") + "coalesce(" + column + " IN (" + quoted_sql(value) + ", " +
                  quoted_sql(other) + "), 0)"};
    }
    const std::string sign = pick({"=", "!=", "<", "<=", ">", ">="});
    if (sign == "!=") return {name + " != " + quoted(value), column + " IS NOT " + quoted_sql(value)};
    return {name + " " + sign + " " + quoted(value),
            "coalesce(" + column + " " + sign + " " + quoted_sql(value) + ", 0)"};
  }

  Both number() {
    const std::string sign = pick({"=", "<", "<=", ">", ">="}), value = pick({"0", "7", "10", "-3", "2.5"});
    return {"meta.pages " + sign + " " + value, "coalesce(pages " + sign + " " + value + ", 0)"};
  }

  // What a written date covers, in SQL: from its start to before its end.
  Both date() {
    const std::string value = pick({"2024", "2024-02", "2024-02-03", "2023-12-31", "2030"});
    const DateSpan span = *parse_date(value);
    const std::string start = quoted_sql(span.start), end = quoted_sql(span.end);
    const std::string sign = pick({"=", "<", "<=", ">", ">="});
    std::string sql = "date >= " + start + " AND date < " + end;
    if (sign == "<") sql = "date < " + start;
    if (sign == "<=") sql = "date < " + end;
    if (sign == ">") sql = "date >= " + end;
    if (sign == ">=") sql = "date >= " + start;
    return {"date " + sign + " " + value, "coalesce(" + sql + ", 0)"};
  }

  Random& random_;
};

// Random documents, in the store and as rows of a table.
std::unique_ptr<Database> fill(Desk& desk, const std::string& file, Random& random) {
  auto table = *Database::open(file, true);
  EXPECT_TRUE(table->execute("CREATE TABLE rows(path TEXT, source TEXT, title TEXT, language TEXT, format TEXT, "
                             "date TEXT, author TEXT, pages REAL)"));
  const auto pick = [&](const std::vector<std::string>& from) { return from[random.below(from.size())]; };
  Pages pages;
  for (int i = 0; i < kDocuments; ++i) pages[pick({"a/", "b/", "휴가/"}) + std::to_string(i) + ".md"] = {{"word"}, {}};
  ChangeSet changes = desk.change(pages);
  for (DocumentUpsert& upsert : changes.upserts) {
    Document& document = upsert.document;
    document.title = pick({"", "Leave", "휴가", "O'Neil \"x\""});
    document.language = pick({"", "ko", "en"});
    document.format = pick({"pdf", "text"});
    const std::string author = pick({"none", "kim", "", "김"}), page_count = pick({"none", "7", "10", "2.5"});
    const std::string date = pick({"none", "2024-02-03", "2024-02-03T10:00:00+09:00", "2023-12-31", "2019"});
    if (author != "none") document.metadata.emplace_back("author", author);
    if (page_count != "none") document.metadata.emplace_back("pages", page_count);
    if (date != "none") document.metadata.emplace_back("date", date);
    Statement row = *table->prepare("INSERT INTO rows VALUES (?, 'notes', ?, ?, ?, ?, ?, ?)");
    row.bind(upsert.item.key).bind(document.title).bind(document.language).bind(document.format);
    date == "none" ? row.null() : row.bind(parse_date(date)->start);
    author == "none" ? row.null() : row.bind(author);
    page_count == "none" ? row.null() : row.bind(page_count);
    EXPECT_TRUE(row.run());
  }
  EXPECT_TRUE(desk.apply(changes));
  return table;
}

TEST(Filter, IsTheSameConditionInSql) {
  const TemporaryFolder folder = *TemporaryFolder::make("naru-filter-");
  Random random(17);
  Desk desk(folder.path() + "/s");
  const std::unique_ptr<Database> table = fill(desk, folder.path() + "/rows.db", random);
  std::size_t some = 0;
  for (int i = 0; i < kExpressions; ++i) {
    const Both both = Writer(random).expression(static_cast<int>(random.below(4)));
    const Result<Expression> filter = parse_expression(both.filter);
    ASSERT_TRUE(filter) << both.filter << ": " << filter.error().describe();
    std::set<std::string> wanted, found;
    Statement rows = *table->prepare("SELECT path FROM rows WHERE " + both.sql);
    while (*rows.step()) wanted.insert(rows.text(0));
    const auto snapshot = desk.snapshot(Principal::owner(), &*filter);
    const std::vector<QueryTerm> terms = analyze_query("word");
    const std::vector<ScoredRow> hits = *snapshot->lexical(terms, *snapshot->statistics(terms), Bm25{}, kDocuments);
    for (const ScoredRow& row : hits) {
      found.insert(snapshot->chunk_place(row.row)->doc);
    }
    ASSERT_EQ(found, wanted) << both.filter << "\n" << both.sql;
    some += !found.empty() && found.size() < kDocuments ? 1 : 0;
  }
  EXPECT_GT(some, static_cast<std::size_t>(kExpressions) / 3);  // the test tells conditions apart
}

}  // namespace
}  // namespace naru
