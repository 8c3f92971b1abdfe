// KnowledgeOffer: what Naru offers to agents through the protocol: the tools search, fetch, answer and list_sources,
// and documents and their pages as resources. All of it only reads, and as far as the principal may.
//
// Any thread.
#pragma once

#include "naru/record.h"
#include "serve/mcp.h"
#include "serve/service.h"

namespace naru {

class KnowledgeOffer : public McpOffer {
 public:
  KnowledgeOffer(Service& service, Principal principal) : service_(service), principal_(std::move(principal)) {}

  Json capabilities() const override;
  std::string_view instructions() const override;
  std::optional<McpAnswer> answer(const McpCall& call) const override;

 private:
  McpAnswer call_tool(const McpCall& call) const;
  McpAnswer read_resource(const McpCall& call) const;

  Service& service_;
  const Principal principal_;
};

}  // namespace naru
