// `schedule:` of a flow: "0 3 * * *", or {cron: …, zone: …, missed: …}.
#include <fmt/format.h>

#include "config/config_reader.h"
#include "config/option_specs.h"

namespace naru {

namespace {

Descriptor described() {
  return {
      .name = "schedule",
      .summary = "When `naru run --watch` runs the flow by the clock.",
      .options = {option("cron", OptionType::text, "Minute, hour, day of month, month, day of week; or @daily."),
                  option("zone", OptionType::text, "The time zone, as in Asia/Seoul; absent: the machine's."),
                  choice_option("missed", "What becomes of times that passed while nobody ran.", {"run_once", "skip"})},
      .examples = {},
  };
}

}  // namespace

void ConfigReader::read_schedule(const YamlNode& key, const YamlNode& node, FlowConfig& flow) {
  const std::string example =
      "for example schedule: \"0 3 * * *\", or schedule: {cron: \"0 3 * * *\", zone: Asia/Seoul}";
  if (node.kind != YamlNode::Kind::scalar && node.kind != YamlNode::Kind::map) {
    if (is_blank(node) && !complete_) return;
    wrong(is_blank(node) ? key.place : node.place,
          fmt::format("\"schedule\" says when the flow runs, not {}", kind_name(node)), example);
    return;
  }
  std::string cron = node.text, zone;
  Schedule::Missed missed = Schedule::Missed::run_once;
  Place cron_place = node.place, zone_place = node.place;
  if (node.kind == YamlNode::Kind::map) {
    if (node.find("cron") == nullptr) missing(key.place, "\"schedule\" needs the field \"cron\"", example);
    auto options = check_options(described(), node, key.place, "\"schedule\"", loaded_.config.folder,
                                 loaded_.diagnostics);
    if (!options || !options->has("cron")) return;
    cron = options->text("cron");
    if (options->has("zone")) zone = options->text("zone");
    if (options->has("missed") && options->text("missed") == "skip") missed = Schedule::Missed::skip;
    cron_place = node.find("cron")->place;
    if (const YamlNode* named = node.find("zone")) zone_place = named->place;
  }
  Result<TimeZone> where = TimeZone::named(zone);
  if (!where) {
    wrong(zone_place, where.error().message(), "name it as the time zone database does: Asia/Seoul or Europe/Berlin");
    return;
  }
  Result<Schedule> schedule = Schedule::parse(cron, std::move(*where), missed);
  if (!schedule) {
    wrong(cron_place, schedule.error().message(), example);
    return;
  }
  flow.schedule = std::move(*schedule);
}

}  // namespace naru
