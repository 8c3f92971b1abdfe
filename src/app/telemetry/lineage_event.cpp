#include "app/telemetry/lineage_event.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "app/run_report.h"
#include "app/telemetry/post.h"
#include "config/config_reader.h"
#include "runtime/random.h"

namespace naru {

namespace {

constexpr std::string_view kSchema = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
constexpr std::string_view kProducer = "urn:naru:" NARU_VERSION;
constexpr std::string_view kFacets = "https://openlineage.io/spec/facets/";

// What a text of naru.yaml says itself; what stands behind a reference is not ours to say.
std::string plain(const Options& options, std::string_view name) {
  if (!options.has(name)) return "";
  const std::string& text = options.text(name);
  return text.find("${") == std::string::npos ? text : "";
}

// "https://example.com:8443/docs/a": {"https://example.com:8443", "/docs/a"}.
LineageDataset dataset_at(std::string_view address) {
  const std::string url = without_credentials(address);
  const std::size_t path = url.find('/', std::min(url.find("://") + 3, url.size()));
  if (path == std::string::npos) return {url, "/"};
  return {url.substr(0, path), url.substr(path)};
}

// Of "host=db port=5432 dbname=shop", as libpq reads it without quotes.
std::string word_of(std::string_view connection, std::string_view name) {
  for (std::size_t at = 0; at < connection.size();) {
    const std::size_t end = std::min(connection.find(' ', at), connection.size());
    const std::string_view pair = connection.substr(at, end - at);
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) {
      return std::string(pair.substr(name.size() + 1));
    }
    at = end + 1;
  }
  return "";
}

// Of either form in which a connection to PostgreSQL is written; without a host nothing is said of where it is.
LineageDataset dataset_of_postgres(const std::string& url, const std::string& table) {
  std::string server, database;
  if (url.find("://") != std::string::npos) {
    const LineageDataset at = dataset_at(url);
    server = at.space.substr(at.space.find("://") + 3);
    database = at.name.substr(1);
  } else if (url.find_first_of("'\\") == std::string::npos) {
    server = word_of(url, "host");
    database = word_of(url, "dbname");
    const std::string port = word_of(url, "port");
    if (!server.empty() && !port.empty()) server += ":" + port;
  }
  if (!server.empty() && server.find(':') == std::string::npos) server += ":5432";
  std::string name = database;
  if (!table.empty()) name += (name.empty() ? "" : ".") + table;
  return {server.empty() ? "postgres" : "postgres://" + server, name};
}

Json facet(std::string_view schema) {
  return {{"_producer", kProducer}, {"_schemaURL", fmt::format("{}{}", kFacets, schema)}};
}

std::string time_text(std::int64_t unix_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> moment{milliseconds(unix_ms)};
  const auto day = floor<days>(moment);
  const year_month_day date{day};
  const hh_mm_ss time{moment - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count(), time.subseconds().count());
}

Json event_of(const LineageJob& job, const std::string& run_id, std::int64_t unix_ms, std::string_view type) {
  Json engine = facet("1-1-1/ProcessingEngineRunFacet.json#/$defs/ProcessingEngineRunFacet");
  engine.update({{"name", "naru"}, {"version", NARU_VERSION}});
  Json kind = facet("2-0-3/JobTypeJobFacet.json#/$defs/JobTypeJobFacet");
  kind.update({{"processingType", "BATCH"}, {"integration", "NARU"}, {"jobType", "FLOW"}});
  Json event = {{"eventTime", time_text(unix_ms)},
                {"eventType", type},
                {"producer", kProducer},
                {"schemaURL", kSchema},
                {"run", {{"runId", run_id}, {"facets", {{"processing_engine", std::move(engine)}}}}},
                {"job", {{"namespace", job.space}, {"name", job.name}, {"facets", {{"jobType", std::move(kind)}}}}},
                {"inputs", Json::array()},
                {"outputs", Json::array()}};
  const auto add = [&](const char* side, const std::vector<LineageDataset>& datasets) {
    for (const LineageDataset& one : datasets) event[side].push_back({{"namespace", one.space}, {"name", one.name}});
  };
  add("inputs", job.inputs);
  add("outputs", job.outputs);
  return event;
}

// What a target was given anew; of a flow with one target, the flow's own counts.
const RunSummary* summary_of(const RunSummary& run, const std::string& target) {
  if (run.targets.empty()) return &run;
  const auto found = std::find_if(run.targets.begin(), run.targets.end(),
                                  [&](const RunSummary& one) { return one.target == target; });
  return found == run.targets.end() ? nullptr : &*found;
}

}  // namespace

std::vector<LineageDataset> datasets_of(const NamedOptions& named, const std::string& folder, const std::string& flow) {
  const Options& options = named.options;
  const std::string table = plain(options, "table");
  if (const std::string bucket = plain(options, "bucket"); !bucket.empty()) {
    const std::string key = plain(options, "key"), prefix = plain(options, "prefix");
    return {{"s3://" + bucket, !key.empty() ? key : !prefix.empty() ? prefix : "/"}};
  }
  if (options.has("url")) {
    LineageDataset at = dataset_of_postgres(plain(options, "url"), table);
    if (at.name.empty()) at.name = flow;
    return {std::move(at)};
  }
  if (options.has("database")) {
    const std::string host = plain(options, "host"), database = plain(options, "database");
    const std::string space = fmt::format("mysql://{}:{}", host.empty() ? "127.0.0.1" : host, options.integer("port"));
    std::string name = table.empty() ? database : database + "." + table;
    return {{space, name.empty() ? flow : std::move(name)}};
  }
  if (const std::string path = plain(options, "path"); !path.empty()) {
    return {{"file", in_folder(folder, path) + (table.empty() ? "" : ":" + table)}};
  }
  std::vector<LineageDataset> datasets;
  for (const char* list : {"start", "sitemap", "feed"}) {
    if (!options.has(list)) continue;
    for (const std::string& address : options.list(list)) {
      if (datasets.size() < kInputsMax && address.find("${") == std::string::npos) {
        datasets.push_back(dataset_at(address));
      }
    }
  }
  if (datasets.empty()) datasets.push_back({named.name, table.empty() ? flow : table});
  return datasets;
}

LineageJob lineage_job(const Config& config, const FlowConfig& flow, const std::string& space) {
  LineageJob job{space, flow.name, {}, {}, {}};
  for (const SourceConfig& source : flow.sources) {
    for (LineageDataset& one : datasets_of(source, config.folder, flow.name)) job.inputs.push_back(std::move(one));
  }
  for (const TargetConfig& to : flow.targets) {
    if (to.knowledge_base.empty()) {
      job.outputs.push_back(datasets_of(to.other, config.folder, flow.name).front());
    } else {
      job.outputs.push_back({"naru:" + config.store, to.knowledge_base});
    }
    job.targets.push_back(leads_to(to));
  }
  return job;
}

// RFC 9562, 5.7: 48 bits of time, the version, and chance with the variant's two bits.
std::string new_run_id(std::int64_t unix_ms) {
  const std::string time = fmt::format("{:012x}", static_cast<std::uint64_t>(unix_ms) & 0xffff'ffff'ffffULL);
  const std::string chance = random_hex(10);
  constexpr std::string_view kVariants = "89ab";
  const char variant = kVariants[static_cast<std::size_t>(chance[3]) & 3];
  return fmt::format("{}-{}-7{}-{}{}-{}", time.substr(0, 8), time.substr(8), chance.substr(0, 3), variant,
                     chance.substr(4, 3), chance.substr(8, 12));
}

Json start_event(const LineageJob& job, const std::string& run_id, std::int64_t unix_ms) {
  return event_of(job, run_id, unix_ms, "START");
}

Json end_event(const LineageJob& job, const std::string& run_id, const RunSummary& run, const Error* failed) {
  const std::string_view type = run.outcome == "done" ? "COMPLETE" : run.outcome == "failed" ? "FAIL" : "ABORT";
  Json event = event_of(job, run_id, run.ended_ms, type);
  if (failed != nullptr || type == "ABORT") {
    Json message = facet("1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet");
    message["message"] = failed != nullptr ? without_passwords(failed->describe()) : run.outcome;
    message["programmingLanguage"] = "C++";
    event["run"]["facets"]["errorMessage"] = std::move(message);
  }
  if (event["inputs"].size() == 1 && type != "FAIL") {  // of several nobody counted each apart
    Json listed = facet("1-0-0/InputStatisticsInputDatasetFacet.json#/$defs/InputStatisticsInputDatasetFacet");
    listed["rowCount"] = run.seen;
    event["inputs"][0]["inputFacets"]["inputStatistics"] = std::move(listed);
  }
  for (std::size_t i = 0; i < job.outputs.size(); ++i) {
    const RunSummary* summary = summary_of(run, job.targets[i]);
    if (summary == nullptr) continue;
    Json written = facet("1-0-2/OutputStatisticsOutputDatasetFacet.json#/$defs/OutputStatisticsOutputDatasetFacet");
    written["rowCount"] = summary->added + summary->changed;
    event["outputs"][i]["outputFacets"]["outputStatistics"] = std::move(written);
  }
  return event;
}

}  // namespace naru
