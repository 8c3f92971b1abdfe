#include "serve/site.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/usage.h"
#include "serve/api.h"
#include "serve/flow_metrics.h"
#include "serve/intake_api.h"
#include "serve/mcp_http.h"
#include "serve/openai.h"
#include "serve/page.h"
#include "serve/room_api.h"

namespace naru {

namespace {

void show_readiness(Exchange& exchange);

constexpr Route kRoutes[] = {
    {"GET", "/livez", Policy::open, Lane::direct, nullptr},
    {"GET", "/readyz", Policy::open, Lane::work, show_readiness},
    {"GET", "/metrics", Policy::operate, Lane::watch, nullptr},
    {"GET", "/login", Policy::open, Lane::direct, nullptr},
    {"GET", "/", Policy::open, Lane::work, show_page},
    {"GET", "/naru.svg", Policy::open, Lane::work, show_page},
    {"GET", "/assets/{file}", Policy::open, Lane::work, show_page},
    {"GET", "/pdf/{file}", Policy::open, Lane::work, show_page},
    {"GET", "/view", Policy::open, Lane::work, open_at_passage},
    {"GET", "/api/search", Policy::read, Lane::work, search_passages},
    {"POST", "/api/ask", Policy::read, Lane::answer, ask_question},
    {"GET", "/api/rooms", Policy::read, Lane::work, list_rooms},
    {"POST", "/api/rooms", Policy::read, Lane::work, make_room},
    {"GET", "/api/rooms/{room}", Policy::read, Lane::work, show_room},
    {"POST", "/api/rooms/rename", Policy::read, Lane::work, rename_room},
    {"POST", "/api/rooms/forget", Policy::read, Lane::work, forget_room},
    {"GET", "/api/documents", Policy::read, Lane::work, list_documents},
    {"GET", "/api/documents/{doc}", Policy::read, Lane::work, show_document},
    {"GET", "/api/versions/{doc}", Policy::read, Lane::work, list_versions},
    {"GET", "/api/originals/{doc}", Policy::read, Lane::work, show_original},
    {"GET", "/api/rejects", Policy::operate, Lane::work, list_rejects},
    {"GET", "/api/sources", Policy::operate, Lane::work, list_sources},
    {"PUT", "/api/uploads/{path}", Policy::operate, Lane::work, add_file, kUploadBytesMax},
    {"POST", "/api/plan", Policy::operate, Lane::answer, plan_flows},
    {"GET", "/api/runs", Policy::operate, Lane::work, list_runs},
    {"POST", "/api/runs", Policy::operate, Lane::work, start_run},
    {"POST", "/api/runs/cancel", Policy::operate, Lane::work, cancel_run},
    {"GET", "/api/runs/events", Policy::operate, Lane::work, follow_run},
    {"POST", "/api/forget", Policy::operate, Lane::work, forget_document},
    {"GET", "/api/status", Policy::read, Lane::work, show_status},
    {"GET", "/v1/models", Policy::known, Lane::work, list_models},
    {"GET", "/v1/models/{id}", Policy::known, Lane::work, show_model},
    {"POST", "/v1/chat/completions", Policy::known, Lane::answer, complete_chat},
    {"POST", "/v1/completions", Policy::models, Lane::answer, complete_text},
    {"POST", "/v1/embeddings", Policy::models, Lane::answer, embed_texts},
    {"POST", "/v1/rerank", Policy::models, Lane::answer, rerank_texts},
    {"POST", "/mcp", Policy::read, Lane::answer, speak_mcp},
};

// Of a route that takes the rest of a path, what stands before it; else the whole.
std::string_view fixed_part(const Route& route) { return route.path.substr(0, route.path.find('{')); }

bool is_at(const Route& route, std::string_view path) {
  const std::string_view fixed = fixed_part(route);
  if (fixed.size() == route.path.size()) return path == fixed;
  return path.size() > fixed.size() && path.starts_with(fixed);
}

// HEAD is GET without its body, as probes ask. A login link must not be used up by one.
bool takes_head(const Route& route) { return route.method == "GET" && route.path != "/login"; }

bool takes(const Route& route, std::string_view method) {
  return route.method == method || (method == "HEAD" && takes_head(route));
}

bool may_call(const Caller& caller, Policy policy) {
  switch (policy) {
    case Policy::open:
    case Policy::known: return true;
    case Policy::read: return caller.may(Scope::read);
    case Policy::models: return caller.may(Scope::models);
    case Policy::operate: return caller.may(Scope::operate);
  }
  return false;
}

// "application/json", with or without parameters. Nothing else: a form of another page is sent without asking first.
bool is_json(std::string_view type) {
  constexpr std::string_view kJson = "application/json";
  return type.starts_with(kJson) && (type.size() == kJson.size() || type[kJson.size()] == ';');
}

// May read nothing: a user without a name is in no access list.
Caller nobody() { return {Principal::of("", {}), 0, ""}; }

// Counts what was said and how long it took, and passes everything on.
class CountedReply : public Reply {
 public:
  CountedReply(std::shared_ptr<Reply> reply, Metrics& metrics)
      : reply_(std::move(reply)), metrics_(metrics), start_ns_(system_clock().monotonic_ns()) {}
  ~CountedReply() override {
    metrics_.count(Metric::requests, status_ / 100 - 1);
    metrics_.observe(Metric::request_seconds, elapsed_ms(start_ns_, system_clock().monotonic_ns()) / 1000);
    if (left_ || (!settled_ && reply_->left().stop_requested())) metrics_.count(Metric::left);
  }
  CountedReply(const CountedReply&) = delete;

  void send(HttpResponse response) override {
    status_ = response.status;
    settle();
    reply_->send(std::move(response));
  }
  void start_stream(std::string content_type) override {
    status_ = 200;
    reply_->start_stream(std::move(content_type));
  }
  bool write(std::string_view bytes) override {
    const bool read = reply_->write(bytes);
    left_ = left_ || !read;
    return read;
  }
  void end() override {
    settle();
    reply_->end();
  }
  std::stop_token left() const override { return reply_->left(); }

 private:
  // Who goes away with the answer in hand has not left.
  void settle() {
    settled_ = true;
    left_ = left_ || reply_->left().stop_requested();
  }

  const std::shared_ptr<Reply> reply_;
  Metrics& metrics_;
  const std::int64_t start_ns_;
  unsigned status_ = 500;  // until something is said
  bool settled_ = false, left_ = false;
};

HttpResponse plain(unsigned status, std::string text) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text);
  return response;
}

// In the manner of Kubernetes: one word, or with ?verbose a line a check.
void show_readiness(Exchange& exchange) {
  std::string lines;
  bool ready = true;
  for (const ReadyCheck& check : exchange.service.readiness()) {
    lines += fmt::format("[{}]{} {}\n", check.wrong.empty() ? '+' : '-', check.name,
                         check.wrong.empty() ? "ok" : "failed: " + check.wrong);
    ready = ready && check.wrong.empty();
  }
  const char* word = ready ? "ok\n" : "not ready\n";
  const bool verbose = exchange.request.parameter("verbose") != nullptr;
  exchange.reply.send(plain(ready ? 200 : 503, verbose ? lines + word : word));
}

}  // namespace

std::span<const Route> route_table() { return kRoutes; }

NaruSite::NaruSite(Service& service, Intake& intake, KeyFile keys, const Server& server, Entrance entrance,
                   std::stop_token draining)
    : service_(service),
      intake_(intake),
      server_(server),
      entrance_(std::move(entrance)),
      draining_(std::move(draining)),
      gate_(std::move(keys), entrance_, system_clock()) {
  metrics_.set(Metric::start_seconds, static_cast<double>(system_clock().unix_ms()) / 1000);
  metrics_.count(Metric::build);
}

std::string NaruSite::login_link() {
  return fmt::format("{}/login?code={}", entrance_.base(), gate_.new_login_code());
}

HttpResponse NaruSite::malformed(const std::string& path, unsigned status, const std::string& message) {
  metrics_.count(Metric::denials, static_cast<std::size_t>(Denial::malformed));
  metrics_.count(Metric::requests, status / 100 - 1);
  return error_response(path, status, denial_code(Denial::malformed), message);
}

void NaruSite::certificate_changed(const Status& taken) {
  service_.note(taken ? "the certificate was replaced"
                      : "the certificate was replaced, and the one before stays: " + taken.error().describe());
}

Admission NaruSite::deny(const HttpRequest& head, const Denied& denied, const std::string& allow) {
  metrics_.count(Metric::denials, static_cast<std::size_t>(denied.why));
  metrics_.count(Metric::requests, denied.status / 100 - 1);
  HttpResponse response = error_response(head.path, denied.status, denial_code(denied.why), denied.message);
  if (!allow.empty()) response.headers.emplace_back("Allow", allow);
  return {std::move(response)};
}

Admission NaruSite::admit(const HttpRequest& head) {
  Admission admission = look(head);
  admission.strict_transport = gate_.is_strict(head);
  return admission;
}

// The order matters: who is not let in learns nothing of what is here, not even which paths there are.
Admission NaruSite::look(const HttpRequest& head) {
  if (const std::optional<Denied> denied = gate_.check_source(head)) return deny(head, *denied);
  Result<std::optional<Caller>> known = gate_.caller_of(head);
  if (!known) {
    service_.note("the keys cannot be read: " + known.error().describe());
    return deny(head, {Denial::busy, 503, "keys cannot be checked now"});
  }
  const Caller caller = *known ? **known : nobody();
  std::string methods;
  for (const Route& route : kRoutes) {
    if (!is_at(route, head.path)) continue;
    if (!*known && route.policy != Policy::open) continue;
    if (!takes(route, head.method)) {
      methods += (methods.empty() ? "" : ", ") + std::string(route.method) + (takes_head(route) ? ", HEAD" : "");
      continue;
    }
    if (!may_call(caller, route.policy)) {
      return deny(head, {Denial::scope, 403, "this key has not the scope for it; `naru keys ls` shows its scopes"});
    }
    if (route.method == "POST" && !is_json(head.content_type)) {
      return deny(head, {Denial::content_type, 415, "the body must be JSON: Content-Type: application/json"});
    }
    // A type of its own, which no form of a foreign page can send.
    if (route.method == "PUT" && head.content_type != "application/octet-stream") {
      return deny(head, {Denial::content_type, 415, "the body is the file: Content-Type: application/octet-stream"});
    }
    return {std::nullopt, static_cast<std::size_t>(&route - kRoutes), std::make_shared<const Caller>(caller),
            route.body_bytes};
  }
  if (!methods.empty()) return deny(head, {Denial::method, 405, "this path takes " + methods}, methods);
  if (!*known) {
    return deny(head, {Denial::credentials, 401,
                       "this needs `Authorization: Bearer` with the token in .naru/serve/token, or a key of "
                       "`naru keys add`"});
  }
  return deny(head, {Denial::route, 404, "there is nothing at this path"});
}

void NaruSite::handle(const Admission& admission, HttpRequest request, std::shared_ptr<Reply> reply) {
  const Route& route = kRoutes[admission.ticket];
  const auto counted = std::make_shared<CountedReply>(std::move(reply), metrics_);
  if (route.lane == Lane::direct) return counted->send(answer_here(route, request));
  if (route.lane == Lane::watch) measure();
  const auto caller = std::static_pointer_cast<const Caller>(admission.kept);
  const auto shared = std::make_shared<const HttpRequest>(std::move(request));
  const bool taken = lanes_.submit(route.lane, [this, &route, caller, shared, counted] {
    if (counted->left().stop_requested()) return;  // left while it waited
    if (route.handler == nullptr) return counted->send(metrics());
    Exchange exchange{service_, metrics_, *shared, *caller, *counted, entrance_.scheme(), intake_, counted};
    route.handler(exchange);
  });
  if (taken) return;
  metrics_.count(Metric::denials, static_cast<std::size_t>(Denial::busy));
  counted->send(error_response(shared->path, 503, denial_code(Denial::busy), "too much is waiting; try again"));
}

// What reads nothing but this object, in the server's thread.
HttpResponse NaruSite::answer_here(const Route& route, const HttpRequest& request) {
  if (route.path == "/login") return log_in(request);
  return draining_.stop_requested() ? plain(503, "draining\n") : plain(200, "ok\n");
}

HttpResponse NaruSite::log_in(const HttpRequest& request) {
  const std::string* code = request.parameter("code");
  const std::optional<std::string> cookie = code == nullptr ? std::nullopt : gate_.log_in(*code);
  if (!cookie) {
    metrics_.count(Metric::denials, static_cast<std::size_t>(Denial::credentials));
    return html_page(403, "Naru", "<p>This link was used already, or is too old: start <code>naru serve</code> again "
                                  "for a new one.</p>\n<p>이미 쓰였거나 오래된 링크입니다. <code>naru serve</code>를 다시 "
                                  "시작하면 새 링크가 나옵니다.</p>\n");
  }
  HttpResponse response;
  response.status = 303;
  response.content_type.clear();
  response.headers = {{"Location", "/"}, {"Set-Cookie", *cookie}};
  return response;
}

void NaruSite::measure() {
  metrics_.set(Metric::connections, static_cast<double>(server_.connections()));
  metrics_.set(Metric::work_waiting, static_cast<double>(lanes_.waiting(Lane::work)));
  metrics_.set(Metric::answers_waiting, static_cast<double>(lanes_.waiting(Lane::answer)));
  metrics_.set(Metric::cpu_seconds, static_cast<double>(process_cpu_ns()) / 1e9);
  metrics_.set(Metric::resident_bytes, static_cast<double>(resident_bytes()));
  metrics_.set(Metric::certificate_end, static_cast<double>(server_.certificate_end_s()));
}

// A store that cannot be read is told as such, and the server's own metrics all the same.
HttpResponse NaruSite::metrics() const {
  const Result<std::vector<FlowRun>> runs = service_.flow_runs();
  HttpResponse response = plain(200, metrics_.text() + flow_metrics_text(runs ? &*runs : nullptr));
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return response;
}

}  // namespace naru
