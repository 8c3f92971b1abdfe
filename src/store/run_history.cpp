#include "store/run_history.h"

#include <algorithm>
#include <utility>

#include "store/truth.h"

namespace naru {

namespace {

// Younger than schema 3 and made by the first run that is kept: who does not know it does nothing wrong without.
constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS past_runs(
  id INTEGER PRIMARY KEY, flow TEXT NOT NULL, outcome TEXT NOT NULL, started_ms INTEGER NOT NULL,
  ended_ms INTEGER NOT NULL, json TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS past_runs_of ON past_runs(flow, id);
)";

Status put_run(Database& truth, const std::string& sql, const RunSummary& run) {
  Statement put = NARU_TRY(truth.prepare(sql + "(flow, outcome, started_ms, ended_ms, json) VALUES (?, ?, ?, ?, ?)"));
  put.bind(run.flow).bind(run.outcome).bind(run.started_ms).bind(run.ended_ms).bind(encode_run(run));
  return put.run();
}

// Of rows of those columns.
Result<std::vector<RunSummary>> runs_of(Statement rows) {
  std::vector<RunSummary> runs;
  while (NARU_TRY(rows.step())) {
    RunSummary run = NARU_TRY(decode_run(rows.view(4)));
    run.flow = rows.text(0);
    run.outcome = rows.text(1);
    run.started_ms = rows.integer(2);
    run.ended_ms = rows.integer(3);
    runs.push_back(std::move(run));
  }
  return runs;
}

Result<bool> is_made(Database& truth) {
  return NARU_TRY(truth.value("SELECT count(*) FROM sqlite_master WHERE name = 'past_runs'")) > 0;
}

}  // namespace

Status keep_run(Database& truth, const RunSummary& run) {
  NARU_TRY(put_run(truth, "INSERT OR REPLACE INTO runs", run));
  NARU_TRY(truth.execute(kSchema));
  NARU_TRY(put_run(truth, "INSERT INTO past_runs", run));
  Statement drop = NARU_TRY(truth.prepare(
      "DELETE FROM past_runs WHERE flow = ?1 AND id <= (SELECT id FROM past_runs WHERE flow = ?1 "
      "ORDER BY id DESC LIMIT 1 OFFSET ?2)"));
  return drop.bind(run.flow).bind(static_cast<std::int64_t>(kRunsKept)).run();
}

Result<std::vector<RunSummary>> read_last_runs(Database& truth) {
  return runs_of(NARU_TRY(truth.prepare("SELECT flow, outcome, started_ms, ended_ms, json FROM runs ORDER BY flow")));
}

Result<std::vector<RunSummary>> read_runs(Database& truth, std::size_t each) {
  if (each == 0 || !NARU_TRY(is_made(truth))) return std::vector<RunSummary>{};
  Statement rows = NARU_TRY(truth.prepare(
      "SELECT flow, outcome, started_ms, ended_ms, json FROM (SELECT *, row_number() OVER (PARTITION BY flow "
      "ORDER BY id DESC) AS place FROM past_runs) WHERE place <= ? ORDER BY flow, place"));
  rows.bind(static_cast<std::int64_t>(std::min(each, kRunsKept)));
  return runs_of(std::move(rows));
}

Status drop_runs(Database& truth, const std::string& flow) {
  std::vector<std::string> tables = {"runs"};
  if (NARU_TRY(is_made(truth))) tables.push_back("past_runs");
  for (const std::string& table : tables) {
    Statement drop = NARU_TRY(truth.prepare("DELETE FROM " + table + " WHERE flow = ?"));
    NARU_TRY(drop.bind(flow).run());
  }
  return {};
}

}  // namespace naru
