#include "serve/page.h"

#include <fmt/format.h>

#include <charconv>

namespace naru {

namespace {

// A page of this size opens at once; what is longer is shown around the passage.
constexpr std::size_t kChunksAround = 50;

std::string chunk_html(const ChunkView& chunk, bool marked) {
  std::string heading;
  if (!chunk.heading_path.empty()) {
    heading = fmt::format("<h3>{}</h3>\n", html_escaped(fmt::format("{}", fmt::join(chunk.heading_path, " › "))));
  }
  const std::string text = html_escaped(chunk.text);
  const std::string page = chunk.locator.page ? fmt::format("<p><small>p. {}</small></p>\n", *chunk.locator.page) : "";
  return fmt::format("<section{}>\n{}{}<pre>{}</pre>\n</section>\n", marked ? " id=\"passage\"" : "", heading, page,
                     marked ? "<mark>" + text + "</mark>" : text);
}

std::uint64_t number_of(const std::string* text) {
  std::uint64_t number = 0;
  if (text != nullptr) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

std::string document_html(const DocumentView& view, std::uint64_t chunk) {
  std::string body = fmt::format("<h1>{}</h1>\n<p>{}/{}</p>\n",
                                 html_escaped(view.document.title.empty() ? view.doc : view.document.title),
                                 html_escaped(view.knowledge_base), html_escaped(view.doc));
  for (const ChunkView& other : view.chunks) {
    const std::uint64_t away = other.number > chunk ? other.number - chunk : chunk - other.number;
    if (away <= kChunksAround) body += chunk_html(other, other.number == chunk);
  }
  if (view.chunks.size() > kChunksAround) {
    body += fmt::format("<p>Of {} passages, those around this one. `naru show` has the whole document.</p>\n",
                        view.chunks.size());
  }
  return body;
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

HttpResponse html_page(unsigned status, std::string_view title, std::string_view body) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.body = fmt::format("<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n</head>\n"
                              "<body>\n{}</body>\n</html>\n", html_escaped(title), body);
  return response;
}

void show_home(Exchange& exchange) {
  const Result<std::vector<ServedModel>> models = exchange.service.models(exchange.caller.principal);
  if (!models) return exchange.reply.send(failure(exchange, models.error()));
  std::string list;
  for (const ServedModel& model : *models) list += fmt::format("<li><code>{}</code></li>\n", html_escaped(model.id));
  const std::string base = html_escaped(exchange.origin() + "/v1");
  exchange.reply.send(html_page(200, "Naru", fmt::format(
      "<h1>Naru</h1>\n<p>You are logged in. 로그인되었습니다.</p>\n"
      "<p>Programs that speak OpenAI's API: the base URL is <code>{}</code>; the models are</p>\n<ul>\n{}</ul>\n"
      "<p><a href=\"/api/status\">/api/status</a> · <a href=\"/metrics\">/metrics</a></p>\n", base, list)));
}

void show_view(Exchange& exchange) {
  const std::string* base = exchange.request.parameter("kb");
  const std::string* doc = exchange.request.parameter("doc");
  const Result<DocumentView> view = exchange.service.document(
      base == nullptr ? std::nullopt : std::optional(*base), doc == nullptr ? "" : *doc, exchange.caller.principal);
  if (view) {
    const std::uint64_t chunk = number_of(exchange.request.parameter("chunk"));
    return exchange.reply.send(html_page(200, view->doc, document_html(*view, chunk)));
  }
  if (view.error().code() != Code::not_found && view.error().code() != Code::invalid_argument) {
    return exchange.reply.send(failure(exchange, view.error()));
  }
  exchange.reply.send(html_page(404, "Naru", fmt::format("<p>{}</p>\n", html_escaped(view.error().message()))));
}

}  // namespace naru
