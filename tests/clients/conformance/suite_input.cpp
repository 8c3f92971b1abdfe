// Tools that need more than the request says (2026-07-28): their result asks for it, and the client calls once more
// with the responses. Nothing is kept meanwhile: what the server must know again is in a state that the client carries,
// with a code by which a change is seen.
#include <fmt/format.h>

#include "naru/record.h"
#include "runtime/random.h"
#include "suite_offer.h"

namespace naru::conformance {

namespace {

// ---- the state ----

std::string code_of(const std::string& value) {
  static const std::string kSecret = random_hex(32);
  return sha256(kSecret + sha256(kSecret + value).hex()).hex();  // nested, as HMAC is: nothing can be appended
}

std::string sealed(const std::string& value) { return value + "." + code_of(value); }

std::optional<std::string> opened(const std::string& state) {
  const std::size_t dot = state.rfind('.');
  if (dot == std::string::npos || sealed(state.substr(0, dot)) != state) return std::nullopt;
  return state.substr(0, dot);
}

// ---- what is asked for ----

Json elicitation(const char* message, const char* name, const char* type) {
  Json schema = {{"type", "object"}, {"properties", {{name, {{"type", type}}}}}, {"required", {name}}};
  return {{"method", "elicitation/create"}, {"params", {{"message", message}, {"requestedSchema", std::move(schema)}}}};
}

Json sampling(const char* text, int tokens_max) {
  const Json message = {{"role", "user"}, {"content", text_content(text)}};
  return {{"method", "sampling/createMessage"}, {"params", {{"messages", {message}}, {"maxTokens", tokens_max}}}};
}

Json roots() { return {{"method", "roots/list"}, {"params", Json::object()}}; }

McpAnswer needs(Json requests, const std::string& state = {}) {
  Json result = {{"resultType", "input_required"}, {"inputRequests", std::move(requests)}};
  if (!state.empty()) result["requestState"] = sealed(state);
  return result;
}

// Whether each of `requests` has a response that can be one; others are nobody's.
bool answers(const McpCall& call, const Json& requests) {
  const Json responses = call.params.value("inputResponses", Json());
  for (const auto& [name, request] : requests.items()) {
    if (!responses.is_object() || !responses.value(name, Json()).is_object()) return false;
  }
  return true;
}

bool client_can(const McpCall& call, const char* capability) {
  const Json meta = call.params.value("_meta", Json::object());
  return meta.value(kMcpCapabilitiesKey, Json::object()).contains(capability);
}

McpAnswer ask_until_answered(const McpCall& call, const Json& requests) {
  if (!answers(call, requests)) return needs(requests);
  return tool_result(text_content("answered: " + to_line(call.params["inputResponses"])));
}

// The same, with a state that must come back as it went.
McpAnswer ask_with_state(const McpCall& call, const Json& requests) {
  if (!answers(call, requests)) return needs(requests, "asked");
  if (opened(text_at(call.params, "requestState")) != "asked") {
    return McpFailure{kMcpInvalidParams, "`requestState` is not what it was"};
  }
  return tool_result(text_content("state-ok"));
}

McpAnswer ask_in_rounds(const McpCall& call) {
  const Json first = {{"step1", elicitation("Step 1: What is your name?", "name", "string")}};
  const Json second = {{"step2", elicitation("Step 2: What is your favorite color?", "color", "string")}};
  const std::optional<std::string> state = opened(text_at(call.params, "requestState"));
  if (state == "round-1" && answers(call, first)) return needs(second, "round-2");
  if (state == "round-2") return answers(call, second) ? tool_result(text_content("done")) : needs(second, "round-2");
  return needs(first, "round-1");
}

McpAnswer ask_what_the_client_can(const McpCall& call) {
  Json requests = Json::object();
  if (client_can(call, "sampling")) requests["greeting"] = sampling("Generate a greeting", 50);
  if (client_can(call, "elicitation")) requests["user_name"] = elicitation("What is your name?", "name", "string");
  return ask_until_answered(call, requests);
}

McpAnswer rely_on_sampling(const McpCall& call) {
  if (client_can(call, "sampling")) return ask_until_answered(call, {{"text", sampling("Say something", 50)}});
  return McpFailure{kMcpMissingCapability, "this needs a client that can sample",
                    {{"requiredCapabilities", {{"sampling", Json::object()}}}}};
}

McpAnswer ask_for_all(const McpCall& call) {
  return ask_with_state(call, {{"user_name", elicitation("What is your name?", "name", "string")},
                               {"greeting", sampling("Generate a greeting", 50)}, {"client_roots", roots()}});
}

McpAnswer ask_name(const McpCall& call) {
  return ask_until_answered(call, {{"user_name", elicitation("What is your name?", "name", "string")}});
}
McpAnswer ask_model(const McpCall& call) {
  return ask_until_answered(call, {{"capital_question", sampling("What is the capital of France?", 100)}});
}
McpAnswer ask_roots(const McpCall& call) { return ask_until_answered(call, {{"client_roots", roots()}}); }
McpAnswer confirm(const McpCall& call) {
  return ask_with_state(call, {{"confirm", elicitation("Please confirm", "ok", "boolean")}});
}

using Tool = McpAnswer (*)(const McpCall&);
constexpr std::pair<const char*, Tool> kTools[] = {
    {"test_missing_capability", rely_on_sampling},
    {"test_streaming_elicitation", ask_name},
    {"test_input_required_result_elicitation", ask_name},
    {"test_input_required_result_sampling", ask_model},
    {"test_input_required_result_list_roots", ask_roots},
    {"test_input_required_result_request_state", confirm},
    {"test_input_required_result_tampered_state", confirm},
    {"test_input_required_result_multiple_inputs", ask_for_all},
    {"test_input_required_result_multi_round", ask_in_rounds},
    {"test_input_required_result_capabilities", ask_what_the_client_can},
};

}  // namespace

const std::vector<std::string>& input_tools() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const auto& [name, tool] : kTools) names.emplace_back(name);
    return names;
  }();
  return kNames;
}

McpAnswer call_input_tool(const McpCall& call) {
  const std::string called = text_at(call.params, "name");
  for (const auto& [name, tool] : kTools) {
    if (name == called) return tool(call);
  }
  return McpFailure{kMcpInvalidParams, "there is no such tool"};
}

McpAnswer get_input_prompt(const McpCall& call) {
  const Json requests = {{"user_context", elicitation("What context should the prompt use?", "context", "string")}};
  if (!answers(call, requests)) return needs(requests);
  const Json message = {{"role", "user"}, {"content", text_content(to_line(call.params["inputResponses"]))}};
  return Json{{"messages", Json::array({message})}};
}

}  // namespace naru::conformance
