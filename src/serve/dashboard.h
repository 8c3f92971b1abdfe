// What watches the server: a dashboard for Grafana and alert rules for Prometheus, made from the table of metrics, so
// that they name nothing that is not there. Pure functions.
#pragma once

#include <string>

namespace naru {

std::string dashboard_json();  // for Grafana's import, or a folder that it reads
std::string alert_rules();     // YAML, for rule_files of prometheus.yml

}  // namespace naru
