#include "store/fitted.h"

namespace naru {

namespace {

// Made by the first step that is fitted: who does not know it does nothing wrong without.
constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS fitted(
  id INTEGER PRIMARY KEY, flow TEXT NOT NULL, step TEXT NOT NULL, made_by BLOB NOT NULL, made_ms INTEGER NOT NULL,
  bytes BLOB NOT NULL, UNIQUE(flow, step));
)";

Result<bool> is_there(Database& truth) {
  return NARU_TRY(truth.value("SELECT count(*) FROM sqlite_master WHERE name = 'fitted'")) > 0;
}

}  // namespace

Result<std::optional<Fitted>> read_fitted(Database& truth, const std::string& flow, const std::string& step) {
  if (!NARU_TRY(is_there(truth))) return std::optional<Fitted>();
  Statement row = NARU_TRY(truth.prepare("SELECT made_by, made_ms, bytes FROM fitted WHERE flow = ? AND step = ?"));
  row.bind(flow).bind(step);
  if (!NARU_TRY(row.step())) return std::optional<Fitted>();
  if (row.view(0).size() != 16) return Error(Code::corrupt, "what a step was fitted with is damaged; --refit mends it");
  return std::optional<Fitted>(Fitted{Id128::from_bytes(row.view(0)), row.integer(1), row.text(2)});
}

Status keep_fitted(Database& truth, const std::string& flow, const std::string& step, const Fitted& fitted) {
  const auto transaction = NARU_TRY(Transaction::begin(truth));
  NARU_TRY(truth.execute(kSchema));
  Statement put = NARU_TRY(
      truth.prepare("INSERT OR REPLACE INTO fitted(flow, step, made_by, made_ms, bytes) VALUES (?, ?, ?, ?, ?)"));
  put.bind(flow).bind(step).bind(fitted.made_by.bytes()).bind(fitted.made_ms).bind(fitted.bytes);
  NARU_TRY(put.run());
  return transaction->commit();
}

Status drop_fitted(Database& truth, const std::string& flow) {
  if (!NARU_TRY(is_there(truth))) return {};
  Statement drop = NARU_TRY(truth.prepare("DELETE FROM fitted WHERE flow = ?"));
  return drop.bind(flow).run();
}

}  // namespace naru
