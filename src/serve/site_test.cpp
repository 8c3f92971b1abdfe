#include "serve/site.h"

#include <gtest/gtest.h>

#include <set>

#include "base/note.h"
#include "runtime/files.h"
#include "serve/testing.h"

namespace naru {
namespace {

class ServerAtPort : public Server {
 public:
  std::uint16_t port() const override { return 8787; }
  std::int64_t certificate_end_s() const override { return 0; }
  std::size_t connections() const override { return 0; }
  void run(Site&, std::stop_token) override {}
};

class SiteTest : public ::testing::Test {
 protected:
  HttpRequest request(const Route& route, const std::string& secret) const {
    HttpRequest head;
    head.method = std::string(route.method);
    const std::size_t name = route.path.find('{');
    head.path = std::string(route.path.substr(0, name)) + (name == std::string_view::npos ? "" : "any");
    head.host = "127.0.0.1:8787";
    head.content_type = route.method == "PUT" ? "application/octet-stream" : "application/json";
    if (!secret.empty()) head.authorization = "Bearer " + secret;
    return head;
  }

  // 0: it is let in.
  unsigned status(const HttpRequest& head) {
    const Admission admission = site_.admit(head);
    return admission.denied ? admission.denied->status : 0;
  }

  std::string key_with(std::uint8_t scopes) {
    ApiKey key;
    key.name = "key" + std::to_string(scopes);
    key.user = "kim";
    key.scopes = scopes;
    key.expires_ms = system_clock().unix_ms() + 60'000;
    return *keys_.add(key);
  }

  const TemporaryFolder folder_ = *TemporaryFolder::make("naru-site");
  KeyFile keys_{folder_.path()};
  ServerAtPort server_;
  testing::EmptyService service_;
  testing::EmptyIntake intake_;
  NaruSite site_{service_, intake_, KeyFile(folder_.path()), server_, {8787}, {}};
};

TEST_F(SiteTest, LetsNobodyInWhereTheRouteIsNotOpen) {
  std::size_t open = 0;
  for (const Route& route : route_table()) {
    for (const char* secret : {"", "wrong", "naru-owner-0"}) {
      const unsigned expected = route.policy == Policy::open ? 0 : 401;
      EXPECT_EQ(status(request(route, secret)), expected) << route.method << " " << route.path;
    }
    if (route.policy == Policy::open) ++open;
  }
  EXPECT_EQ(open, 8U);  // health, the login link, the page's own files: a new one is a decision
}

TEST_F(SiteTest, GivesEachRouteToTheScopeOfItsPolicyAndToNoOther) {
  const auto needed = [](Policy policy) -> unsigned {
    switch (policy) {
      case Policy::open:
      case Policy::known: return kAllScopes;
      case Policy::read: return static_cast<unsigned>(Scope::read);
      case Policy::models: return static_cast<unsigned>(Scope::models);
      case Policy::operate: break;
    }
    return static_cast<unsigned>(Scope::operate);
  };
  for (const std::uint8_t scopes : {1, 2, 4, 3, 5, 6, 7}) {
    const std::string secret = key_with(scopes);
    for (const Route& route : route_table()) {
      const unsigned expected = (needed(route.policy) & scopes) != 0 ? 0 : 403;
      EXPECT_EQ(status(request(route, secret)), expected) << route.path << " with " << int{scopes};
    }
  }
  const std::string owner = *keys_.token();
  for (const Route& route : route_table()) EXPECT_EQ(status(request(route, owner)), 0U) << route.path;
}

TEST_F(SiteTest, ChecksHostAndOriginBeforeItLooksAtAnythingElse) {
  const std::string owner = *keys_.token();
  for (const Route& route : route_table()) {
    HttpRequest head = request(route, owner);
    head.host = "evil.example:8787";
    EXPECT_EQ(status(head), 421U) << route.path;
    head.host = "127.0.0.1:8787";
    head.origin = "http://evil.example:8787";
    EXPECT_EQ(status(head), 403U) << route.path;
    head.origin = "http://127.0.0.1:8787";
    EXPECT_EQ(status(head), 0U) << route.path;
  }
}

TEST_F(SiteTest, IsDescribedRouteByRouteWithPoliciesInTheDocument) {
  const Json document = *parse_json(*read_file("docs/api/openapi.json"));
  const auto name = [](Policy policy) -> std::string {
    switch (policy) {
      case Policy::open: return "open";
      case Policy::known: return "known";
      case Policy::read: return "read";
      case Policy::models: return "models";
      case Policy::operate: break;
    }
    return "operate";
  };
  std::set<std::string> served, described;
  for (const Route& route : route_table()) {
    std::string method(route.method);
    for (char& c : method) c = static_cast<char>(c | 0x20);
    served.insert(method + " " + std::string(route.path) + " " + name(route.policy));
  }
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      described.insert(method + " " + path + " " + operation["x-policy"].get<std::string>());
      EXPECT_EQ(operation.contains("requestBody"), method == "post" || method == "put") << path;
    }
  }
  EXPECT_EQ(served, described);
}

// The page (web/src/notes.test.ts) is held to the same lists: nothing that is said here is unknown there.
TEST_F(SiteTest, IsDescribedWithEveryCodeAndKindOfNote) {
  const Json schemas = (*parse_json(*read_file("docs/api/openapi.json")))["components"]["schemas"];
  using Names = std::set<std::string_view>;
  const auto described = [](const Json& names) {
    Names all;
    for (const Json& name : names) all.insert(name.get_ref<const std::string&>());
    return all;
  };
  Names codes, kinds;
  for (int code = 0; code <= static_cast<int>(Code::internal); ++code) codes.insert(code_name(static_cast<Code>(code)));
  EXPECT_EQ(described(schemas["Reject"]["properties"]["code"]["enum"]), codes);
  for (int why = 0; why <= static_cast<int>(Denial::malformed); ++why) {
    codes.insert(denial_code(static_cast<Denial>(why)));
  }
  EXPECT_EQ(described(schemas["Code"]["enum"]), codes);
  for (const NoteKind kind : note_kinds()) kinds.insert(note_name(kind));
  EXPECT_EQ(described(schemas["Note"]["properties"]["kind"]["enum"]), kinds);
}

TEST(Keys, EndAtTheirTime) {
  const TemporaryFolder folder = *TemporaryFolder::make("naru-keys");
  KeyFile keys(folder.path());
  ApiKey key;
  key.name = "client";
  key.user = "kim";
  key.groups = {"staff"};
  key.scopes = 1;
  key.expires_ms = 1000;
  const std::string secret = *keys.add(key);
  const auto before = *keys.caller_of(secret, 999);
  ASSERT_TRUE(before);
  EXPECT_EQ(before->principal.user(), "kim");
  EXPECT_FALSE(before->principal.is_owner());
  EXPECT_FALSE(*keys.caller_of(secret, 1000));
  EXPECT_FALSE(*keys.caller_of(secret.substr(0, secret.size() - 1), 0));
  EXPECT_FALSE(*keys.caller_of("", 0));
}

TEST(Keys, OfAFileThatIsNotOursLetNobodyIn) {
  const TemporaryFolder folder = *TemporaryFolder::make("naru-keys");
  KeyFile keys(folder.path());
  const std::string owner = *keys.token();
  const std::string path = join_path(folder.path(), "serve/keys.json");
  for (const char* text : {"{", "{}", "[1]", "[{}]", R"([{"name":"a","owner":true,"user":"","groups":[1],"scopes":7,
       "sha256":"00","created_ms":0,"expires_ms":9}])", R"([{"name":"a","owner":true,"user":"","groups":[],"scopes":7,
       "sha256":"00","created_ms":0,"expires_ms":9}])"}) {
    ASSERT_TRUE(write_file(path, text));
    EXPECT_FALSE(keys.caller_of("some-key", 0)) << text;
    EXPECT_TRUE(keys.caller_of(owner, 0)) << text;  // the owner's token does not depend on it
  }
}

TEST(Gate, ForgetsCodesAndLoginsAfterTheirTime) {
  const TemporaryFolder folder = *TemporaryFolder::make("naru-gate");
  ManualClock clock;
  Gate gate(KeyFile(folder.path()), {8787}, clock);
  const std::string late = gate.new_login_code(), code = gate.new_login_code();
  const std::optional<std::string> cookie = gate.log_in(code);
  ASSERT_TRUE(cookie);
  HttpRequest head;
  head.cookie = cookie->substr(0, cookie->find(';'));
  EXPECT_TRUE(*gate.caller_of(head));
  EXPECT_FALSE(gate.log_in(code));
  clock.sleep_ms(16LL * 60 * 1000, {});
  EXPECT_FALSE(gate.log_in(late));
  EXPECT_TRUE(*gate.caller_of(head));
  clock.sleep_ms(12LL * 60 * 60 * 1000, {});
  EXPECT_FALSE(*gate.caller_of(head));
}

TEST(Entrance, IsWhereAPersonWouldGo) {
  EXPECT_EQ((Entrance{8787}).base(), "http://127.0.0.1:8787");
  EXPECT_EQ((Entrance{8443, Transport::tls, {"naru.example.org", "other"}}).base(), "https://naru.example.org:8443");
  EXPECT_EQ((Entrance{443, Transport::tls, {"naru.example.org"}}).base(), "https://naru.example.org");
  EXPECT_EQ((Entrance{8443, Transport::tls, {"naru.example.org:443"}}).base(), "https://naru.example.org:443");
  EXPECT_EQ((Entrance{8787, Transport::proxied, {"naru.example.org"}}).base(), "https://naru.example.org");
  EXPECT_EQ((Entrance{8787, Transport::plain, {"[::1]"}}).base(), "http://[::1]:8787");
}

TEST(HttpTarget, IsReadOnceAndRefusedWhereItClimbs) {
  HttpRequest request;
  ASSERT_TRUE(read_target("/api/documents/%ED%9C%B4%EA%B0%80%2Fa%2520b.md?in=a+b&x=%2B&y", request));
  EXPECT_EQ(request.path, "/api/documents/휴가/a%20b.md");
  EXPECT_EQ(*request.parameter("in"), "a b");
  EXPECT_EQ(*request.parameter("x"), "+");
  EXPECT_EQ(*request.parameter("y"), "");
  EXPECT_EQ(request.parameter("z"), nullptr);
  for (const char* target : {"", "a", "*", "/a/../b", "/%2e%2e", "/a/.", "/..", "/a%5c..%5cb", "/%", "/%1", "/%g0",
                             "/%00", "/a%0a", "/%ff", "/#", "http://a/", "/?a=%ff", "/?a=%00"}) {
    HttpRequest other;
    EXPECT_FALSE(read_target(target, other)) << target;
  }
  EXPECT_EQ(percent_encoded("휴 a/b.md"), "%ED%9C%B4%20a%2Fb.md");
  EXPECT_EQ(cookie_value("a=1; naru_session=x; b=2", "naru_session"), "x");
  EXPECT_EQ(cookie_value("not_naru_session=x", "naru_session"), "");
}

TEST(MetricTable, NamesEveryMetricOnceInOrder) {
  std::size_t place = 0;
  std::set<std::string_view> names;
  for (const MetricRow& row : metric_table()) {
    EXPECT_EQ(static_cast<std::size_t>(row.metric), place++) << row.name;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_LE(row.values.size(), kLabelValuesMax);
    EXPECT_EQ(row.name.ends_with("_total"), row.type == MetricType::counter) << row.name;
  }
  EXPECT_EQ(place, static_cast<std::size_t>(Metric::build) + 1);
  EXPECT_EQ(metric_table()[static_cast<std::size_t>(Metric::denials)].values.size(),
            static_cast<std::size_t>(Denial::malformed) + 1);
  EXPECT_EQ(metric_table()[static_cast<std::size_t>(Metric::answers)].values.size(),
            static_cast<std::size_t>(Method::refusal) + 1);
}

}  // namespace
}  // namespace naru
