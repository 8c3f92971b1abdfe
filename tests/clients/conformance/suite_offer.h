// SuiteOffer: the tools, resources and prompts that the conformance suite of the Model Context Protocol calls by name.
// The protocol layer serves them as it serves knowledge bases.
//
// Any thread. One level of logging for all clients: a test has one at a time.
#pragma once

#include <atomic>

#include "serve/mcp.h"

namespace naru::conformance {

class SuiteOffer : public McpOffer {
 public:
  Json capabilities() const override;
  std::string_view instructions() const override { return "What the conformance suite asks for."; }
  std::optional<McpAnswer> answer(const McpCall& call) const override;

 private:
  McpAnswer call_tool(const McpCall& call) const;
  McpAnswer set_level(const McpCall& call) const;
  void log(const McpCall& call, const std::string& message) const;

  mutable std::atomic<std::size_t> level_ = 0;  // the least that is told, of clients that shake hands
};

Json text_content(const std::string& text);
Json tool_result(Json content);
McpAnswer failed_tool(const std::string& why);

// Where a client must say more before there is a result: tools of their own, and one prompt (suite_input.cpp).
const std::vector<std::string>& input_tools();
McpAnswer call_input_tool(const McpCall& call);
constexpr std::string_view kInputPrompt = "test_input_required_result_prompt";
McpAnswer get_input_prompt(const McpCall& call);

}  // namespace naru::conformance
