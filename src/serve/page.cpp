#include "serve/page.h"

#include <fmt/format.h>

#include <algorithm>

#include "serve/web_assets.h"

namespace naru {

namespace {

constexpr std::string_view kIndex = "/index.html";

const WebAsset* find_asset(std::string_view path) {
  const std::span<const WebAsset> assets = web_assets();
  const auto found = std::lower_bound(assets.begin(), assets.end(), path,
                                      [](const WebAsset& asset, std::string_view name) { return asset.path < name; });
  return found != assets.end() && found->path == path ? &*found : nullptr;
}

}  // namespace

HttpResponse html_page(unsigned status, std::string_view title, std::string_view body) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.body = fmt::format("<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n</head>\n"
                              "<body>\n{}</body>\n</html>\n", title, body);
  return response;
}

// Every browser of these years takes gzip; who does not say so has no use for a page.
void show_page(Exchange& exchange) {
  const std::string& path = exchange.request.path;
  const WebAsset* asset = find_asset(path == "/" ? kIndex : std::string_view(path));
  if (asset == nullptr) {
    return exchange.reply.send(error_response(path, 404, "not_found", "there is nothing at this path"));
  }
  HttpResponse response;
  response.content_type = std::string(asset->type);
  if (asset->gzip) response.headers.emplace_back("Content-Encoding", "gzip");
  response.body = std::string(asset->body);
  exchange.reply.send(std::move(response));
}

void open_at_passage(Exchange& exchange) {
  std::string query;
  for (const char* name : {"kb", "doc", "chunk", "page"}) {
    const std::string* value = exchange.request.parameter(name);
    if (value != nullptr) query += fmt::format("{}{}={}", query.empty() ? "?" : "&", name, percent_encoded(*value));
  }
  HttpResponse response;
  response.status = 303;
  response.content_type.clear();
  response.headers = {{"Location", "/#/ask" + query}};
  exchange.reply.send(std::move(response));
}

}  // namespace naru
