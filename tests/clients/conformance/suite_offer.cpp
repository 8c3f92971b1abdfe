#include "suite_offer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "runtime/clock.h"

namespace naru::conformance {

namespace {

// A picture of one point, and a sound of no length.
constexpr const char* kPng =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
constexpr const char* kWav = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

constexpr std::int64_t kKeepMs = 1000;
constexpr std::int64_t kStepMs = 50;  // between what a tool tells, as the suite says

constexpr std::array<std::string_view, 8> kLevels = {"debug", "info",     "notice", "warning",
                                                     "error", "critical", "alert",  "emergency"};
constexpr const char* kLogLevelKey = "io.modelcontextprotocol/logLevel";

Json image() { return {{"type", "image"}, {"data", kPng}, {"mimeType", "image/png"}}; }

Json resource_content(const std::string& uri, const char* type, const char* text) {
  return {{"type", "resource"}, {"resource", {{"uri", uri}, {"mimeType", type}, {"text", text}}}};
}

// ---- tools ----

McpAnswer tell_progress(const McpCall& call) {
  for (const int done : {0, 50, 100}) {
    call.progress(done, fmt::format("{} of 100", done));
    system_clock().sleep_ms(kStepMs, call.wire.stop);
  }
  return tool_result(text_content("done"));
}

// What the client answered to `method`, as the tool tells it.
McpAnswer ask_client(const McpCall& call, const char* method, const Json& params, const char* front) {
  const std::optional<Json> answer = call.wire.ask ? call.wire.ask(method, params) : std::nullopt;
  if (!answer || !answer->contains("result")) return failed_tool("the client did not answer");
  return tool_result(text_content(front + to_line((*answer)["result"])));
}

McpAnswer elicit(const McpCall& call, const std::string& message, Json properties, Json required = Json::array()) {
  Json schema = {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
  return ask_client(call, "elicitation/create", {{"message", message}, {"requestedSchema", std::move(schema)}},
                    "Elicitation completed: ");
}

std::string argument(const McpCall& call, const char* name) {
  return text_at(call.params.value("arguments", Json::object()), name);
}

McpAnswer ask_for_sampling(const McpCall& call) {
  const std::string prompt = argument(call, "prompt");
  const Json message = {{"role", "user"}, {"content", {{"type", "text"}, {"text", prompt}}}};
  return ask_client(call, "sampling/createMessage", {{"messages", {message}}, {"maxTokens", 100}}, "LLM response: ");
}

McpAnswer ask_for_user(const McpCall& call) {
  return elicit(call, argument(call, "message"),
                {{"username", {{"type", "string"}, {"description", "User's response"}}},
                 {"email", {{"type", "string"}, {"description", "User's email address"}}}},
                {"username", "email"});
}

McpAnswer ask_with_defaults(const McpCall& call) {
  return elicit(call, "Please review",
                {{"name", {{"type", "string"}, {"default", "John Doe"}}},
                 {"age", {{"type", "integer"}, {"default", 30}}},
                 {"score", {{"type", "number"}, {"default", 95.5}}},
                 {"status", {{"type", "string"}, {"enum", {"active", "inactive", "pending"}}, {"default", "active"}}},
                 {"verified", {{"type", "boolean"}, {"default", true}}}});
}

Json titled(const char* name) {
  Json choices = Json::array();
  for (const char* number : {"1", "2", "3"}) {
    choices.push_back({{"const", fmt::format("value{}", number)}, {"title", fmt::format("{} {}", name, number)}});
  }
  return choices;
}

McpAnswer ask_with_choices(const McpCall& call) {
  const Json options = {"option1", "option2", "option3"};
  return elicit(call, "Please choose",
                {{"untitledSingle", {{"type", "string"}, {"enum", options}}},
                 {"titledSingle", {{"type", "string"}, {"oneOf", titled("Option")}}},
                 {"legacyEnum", {{"type", "string"}, {"enum", {"opt1", "opt2", "opt3"}},
                                 {"enumNames", {"Option One", "Option Two", "Option Three"}}}},
                 {"untitledMulti", {{"type", "array"}, {"items", {{"type", "string"}, {"enum", options}}}}},
                 {"titledMulti", {{"type", "array"}, {"items", {{"anyOf", titled("Choice")}}}}}});
}

McpAnswer simple_text(const McpCall&) {
  return tool_result(text_content("This is a simple text response for testing."));
}
McpAnswer picture(const McpCall&) { return tool_result(image()); }
McpAnswer sound(const McpCall&) {
  return tool_result({{"type", "audio"}, {"data", kWav}, {"mimeType", "audio/wav"}});
}
McpAnswer embedded(const McpCall&) {
  return tool_result(resource_content("test://embedded-resource", "text/plain",
                                      "This is an embedded resource content."));
}
McpAnswer failing(const McpCall&) { return failed_tool("This tool intentionally returns an error for testing"); }
McpAnswer mixed(const McpCall&) {
  Json result = tool_result(text_content("Multiple content types test:"));
  result["content"].push_back(image());
  result["content"].push_back(resource_content("test://mixed-content-resource", "application/json",
                                               R"({"test":"data","value":123})"));
  return result;
}

using Tool = McpAnswer (*)(const McpCall&);
constexpr std::array<std::pair<std::string_view, Tool>, 11> kTools = {
    {{"test_simple_text", simple_text}, {"test_image_content", picture}, {"test_audio_content", sound},
     {"test_embedded_resource", embedded}, {"test_multiple_content_types", mixed}, {"test_error_handling", failing},
     {"test_tool_with_progress", tell_progress}, {"test_sampling", ask_for_sampling},
     {"test_elicitation", ask_for_user},
     {"test_elicitation_sep1034_defaults", ask_with_defaults}, {"test_elicitation_sep1330_enums", ask_with_choices}}};
constexpr std::array<const char*, 2> kLoggingTools = {"test_tool_with_logging", "test_logging_tool"};

Json list_tools() {
  Json tools = Json::array();
  const auto add = [&](std::string_view name) {
    tools.push_back({{"name", name}, {"description", "Of the conformance suite."},
                     {"inputSchema", {{"type", "object"}}}});
  };
  for (const auto& [name, tool] : kTools) add(name);
  for (const char* name : kLoggingTools) add(name);
  for (const std::string& name : input_tools()) add(name);
  return {{"tools", std::move(tools)}, {"ttlMs", kKeepMs}};
}

// ---- resources ----

Json list_resources() {
  Json resources = Json::array();
  for (const auto& [name, type] : {std::pair("static-text", "text/plain"), std::pair("static-binary", "image/png"),
                                   std::pair("watched-resource", "text/plain")}) {
    resources.push_back({{"uri", fmt::format("test://{}", name)}, {"name", name}, {"mimeType", type},
                         {"description", "Of the conformance suite."}});
  }
  return {{"resources", std::move(resources)}, {"ttlMs", kKeepMs}};
}

Json list_templates() {
  return {{"resourceTemplates", {{{"uriTemplate", "test://template/{id}/data"}, {"name", "template"},
                                  {"description", "Of the conformance suite."}, {"mimeType", "application/json"}}}},
          {"ttlMs", kKeepMs}};
}

McpAnswer read_resource(const McpCall& call) {
  constexpr std::string_view kFront = "test://template/", kBack = "/data";
  const std::string uri = text_at(call.params, "uri");
  Json content = {{"uri", uri}, {"mimeType", "text/plain"}};
  if (uri == "test://static-text" || uri == "test://watched-resource") {
    content["text"] = "This is the content of the static text resource.";
  } else if (uri == "test://static-binary") {
    content["mimeType"] = "image/png";
    content["blob"] = kPng;
  } else if (uri.size() > kFront.size() + kBack.size() && uri.starts_with(kFront) && uri.ends_with(kBack)) {
    const std::string id = uri.substr(kFront.size(), uri.size() - kFront.size() - kBack.size());
    content["mimeType"] = "application/json";
    content["text"] = to_line({{"id", id}, {"templateTest", true}, {"data", "Data for ID: " + id}});
  } else {
    return McpFailure{call.stateless ? kMcpInvalidParams : kMcpNoSuchResource, "there is no such resource",
                      {{"uri", uri}}};
  }
  return Json{{"contents", Json::array({std::move(content)})}, {"ttlMs", kKeepMs}};
}

// ---- prompts ----

struct Prompt {
  std::string_view name;
  std::vector<std::string> arguments;
};

const std::vector<Prompt>& prompts() {
  static const std::vector<Prompt> kPrompts = {{"test_simple_prompt", {}},
                                               {"test_prompt_with_arguments", {"arg1", "arg2"}},
                                               {"test_prompt_with_embedded_resource", {"resourceUri"}},
                                               {"test_prompt_with_image", {}},
                                               {kInputPrompt, {}}};
  return kPrompts;
}

Json list_prompts() {
  Json listed = Json::array();
  for (const Prompt& prompt : prompts()) {
    Json arguments = Json::array();
    for (const std::string& name : prompt.arguments) {
      arguments.push_back({{"name", name}, {"description", "An argument."}, {"required", true}});
    }
    listed.push_back({{"name", prompt.name}, {"description", "Of the conformance suite."},
                      {"arguments", std::move(arguments)}});
  }
  return {{"prompts", std::move(listed)}, {"ttlMs", kKeepMs}};
}

Json said(std::vector<Json> contents) {
  Json messages = Json::array();
  for (Json& content : contents) messages.push_back({{"role", "user"}, {"content", std::move(content)}});
  return {{"messages", std::move(messages)}};
}

McpAnswer get_prompt(const McpCall& call) {
  const std::string name = text_at(call.params, "name");
  if (name == kInputPrompt) return get_input_prompt(call);
  if (name == "test_simple_prompt") return said({text_content("This is a simple prompt for testing.")});
  if (name == "test_prompt_with_image") return said({image(), text_content("Please analyze the image above.")});
  if (name == "test_prompt_with_arguments") {
    return said({text_content(fmt::format("Prompt with arguments: arg1='{}', arg2='{}'", argument(call, "arg1"),
                                          argument(call, "arg2")))});
  }
  if (name == "test_prompt_with_embedded_resource") {
    return said({resource_content(argument(call, "resourceUri"), "text/plain",
                                  "Embedded resource content for testing."),
                 text_content("Please process the embedded resource above.")});
  }
  return McpFailure{kMcpInvalidParams, "there is no such prompt"};
}

std::optional<std::size_t> level_of(std::string_view name) {
  const auto* const found = std::find(kLevels.begin(), kLevels.end(), name);
  if (found == kLevels.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kLevels.begin());
}

}  // namespace

Json text_content(const std::string& text) { return {{"type", "text"}, {"text", text}}; }

Json tool_result(Json content) { return {{"content", Json::array({std::move(content)})}, {"isError", false}}; }

McpAnswer failed_tool(const std::string& why) {
  return Json{{"content", Json::array({text_content(why)})}, {"isError", true}};
}

// Subscriptions are taken and not announced: 2026-07-28 would then want a stream of changes, and nothing here changes.
Json SuiteOffer::capabilities() const {
  return {{"tools", Json::object()}, {"resources", Json::object()}, {"prompts", Json::object()},
          {"completions", Json::object()}, {"logging", Json::object()}};
}

std::optional<McpAnswer> SuiteOffer::answer(const McpCall& call) const {
  const std::string& method = call.method;
  if (method == "tools/list") return list_tools();
  if (method == "tools/call") return call_tool(call);
  if (method == "resources/list") return list_resources();
  if (method == "resources/templates/list") return list_templates();
  if (method == "resources/read") return read_resource(call);
  if (method == "prompts/list") return list_prompts();
  if (method == "prompts/get") return get_prompt(call);
  if (method == "completion/complete") {
    return Json{{"completion", {{"values", Json::array()}, {"total", 0}, {"hasMore", false}}}};
  }
  if (call.stateless) return std::nullopt;  // what 2026-07-28 has no more
  if (method == "logging/setLevel") return set_level(call);
  // No resource here ever changes: whoever subscribes is told of nothing.
  if (method == "resources/subscribe" || method == "resources/unsubscribe") return Json::object();
  return std::nullopt;
}

McpAnswer SuiteOffer::call_tool(const McpCall& call) const {
  const std::string name = text_at(call.params, "name");
  const auto* const tool =
      std::find_if(kTools.begin(), kTools.end(), [&](const auto& one) { return one.first == name; });
  if (tool != kTools.end()) return tool->second(call);
  if (std::find(kLoggingTools.begin(), kLoggingTools.end(), name) == kLoggingTools.end()) return call_input_tool(call);
  for (const char* message : {"Tool execution started", "Tool processing data", "Tool execution completed"}) {
    log(call, message);
    system_clock().sleep_ms(kStepMs, call.wire.stop);
  }
  return tool_result(text_content("done"));
}

McpAnswer SuiteOffer::set_level(const McpCall& call) const {
  const std::optional<std::size_t> level = level_of(text_at(call.params, "level"));
  if (!level) return McpFailure{kMcpInvalidParams, "there is no such level"};
  level_ = *level;
  return Json::object();
}

// A request of 2026-07-28 says itself from which level on it wants to be told; without one it is told nothing.
void SuiteOffer::log(const McpCall& call, const std::string& message) const {
  const std::string asked = text_at(call.params.value("_meta", Json::object()), kLogLevelKey);
  const std::optional<std::size_t> least = call.stateless ? level_of(asked) : level_.load();
  if (!least || *least > *level_of("info") || !call.wire.notify) return;
  call.wire.notify({{"jsonrpc", "2.0"}, {"method", "notifications/message"},
                    {"params", {{"level", "info"}, {"logger", "conformance"}, {"data", message}}}});
}

}  // namespace naru::conformance
