// CombinedSource: several sources as one, for a flow whose records come from more than one place.
//
// What the source NAME calls KEY is "NAME/KEY" here, and a row of it has the field `_source` with NAME, by which steps
// tell rows apart. One that cannot be reached fails the whole: half of a set looks like deletions.
// Called as every source; owns its parts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "naru/descriptor.h"
#include "naru/flow.h"

namespace naru {

class CombinedSource : public Source {
 public:
  struct Part {
    std::string name;  // no two alike, none with '/'
    std::unique_ptr<Source> source;
  };
  CombinedSource(std::vector<Part> parts, PayloadKind gives);

  Result<Listing> poll(std::stop_token stop) override;
  Result<ItemContent> read(const Item& item, std::stop_token stop) override;
  Result<Item> find(const std::string& key, std::stop_token stop) override;
  bool takes_items() const override;
  Result<Item> add(const std::string& key, std::string_view bytes, Overwrite overwrite) override;
  // Each waits in a thread of its own while nobody else calls it; the first that returns ends all.
  Status wait_for_change(std::stop_token stop) override;
  std::optional<Result<Document>> direct_document(const ItemContent& content) override;
  std::optional<Result<Row>> direct_row(const ItemContent& content) override;
  std::vector<Finding> check(std::stop_token stop) override;
  Result<Discovery> discover(std::stop_token stop) override;

 private:
  Part* part_of(std::string_view key);  // null: of none

  std::vector<Part> parts_;  // by name
  const PayloadKind gives_;
};

}  // namespace naru
