// Handlers of /api for what comes in: sources, uploads, plans, runs. docs/api/openapi.json describes them.
#pragma once

#include "serve/route.h"

namespace naru {

// An upload is held in memory on its way: reports and scans fit, and what is larger is put into the folder by hand.
inline constexpr std::size_t kUploadBytesMax = 64 * 1024 * 1024;

void list_sources(Exchange& exchange);
void add_file(Exchange& exchange);
void plan_flows(Exchange& exchange);
void list_runs(Exchange& exchange);
void start_run(Exchange& exchange);
void cancel_run(Exchange& exchange);
void follow_run(Exchange& exchange);

}  // namespace naru
