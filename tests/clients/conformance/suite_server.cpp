// suite_server: the server, the gate and the protocol layer of `naru serve` with a SuiteOffer instead of knowledge
// bases. Says its port, and serves until it is ended.
#include <fmt/format.h>

#include "runtime/clock.h"
#include "runtime/random.h"
#include "serve/gate.h"
#include "serve/lanes.h"
#include "serve/mcp_http.h"
#include "serve/route.h"
#include "serve/server.h"
#include "suite_offer.h"

namespace naru::conformance {

namespace {

// Names a session to whoever shakes hands. It names and does nothing more: every message is answered by itself.
class NamingReply : public Reply {
 public:
  NamingReply(std::shared_ptr<Reply> reply, bool shakes_hands)
      : reply_(std::move(reply)), shakes_hands_(shakes_hands) {}
  void send(HttpResponse response) override {
    if (shakes_hands_) response.headers.emplace_back("Mcp-Session-Id", random_hex(16));
    reply_->send(std::move(response));
  }
  void start_stream(std::string content_type) override { reply_->start_stream(std::move(content_type)); }
  bool write(std::string_view bytes) override { return reply_->write(bytes); }
  void end() override { reply_->end(); }
  std::stop_token left() const override { return reply_->left(); }

 private:
  const std::shared_ptr<Reply> reply_;
  const bool shakes_hands_;
};

class SuiteSite : public Site {
 public:
  explicit SuiteSite(std::uint16_t port) : gate_(KeyFile(""), {port}, system_clock()) {}

  Admission admit(const HttpRequest& head) override {
    if (const std::optional<Denied> denied = gate_.check_source(head)) {
      return {error_response(head.path, denied->status, "not_allowed", denied->message)};
    }
    if (head.path != "/mcp") return {error_response(head.path, 404, "not_found", "there is nothing at this path")};
    if (head.method != "POST") return {error_response(head.path, 405, "method_not_allowed", "this path takes POST")};
    return {};
  }

  void handle(const Admission&, HttpRequest request, std::shared_ptr<Reply> reply) override {
    const auto shared = std::make_shared<const HttpRequest>(std::move(request));
    lanes_.submit(Lane::answer, [this, shared, reply] {
      const Result<Json> message = parse_json(shared->body);
      NamingReply naming(reply, message && text_at(*message, "method") == "initialize");
      speak_mcp(*shared, offer_, naming, &questions_);
    });
  }

  HttpResponse malformed(const std::string& path, unsigned status, const std::string& message) override {
    return error_response(path, status, "bad_request", message);
  }

 private:
  Gate gate_;
  SuiteOffer offer_;
  McpQuestions questions_;
  Lanes lanes_;
};

int run() {
  const Result<std::unique_ptr<Server>> server = Server::listen({}, {});
  if (!server) {
    fmt::print(stderr, "{}\n", server.error().describe());
    return 1;
  }
  SuiteSite site((*server)->port());
  fmt::print("{}\n", (*server)->port());
  std::fflush(stdout);
  (*server)->run(site, {});
  return 0;
}

}  // namespace

}  // namespace naru::conformance

int main() { return naru::conformance::run(); }
