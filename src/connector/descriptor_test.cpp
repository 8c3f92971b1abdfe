#include <gtest/gtest.h>

#include "config/testing.h"
#include "naru/registry.h"

namespace naru {
namespace {

TEST(Connectors, DescribeThemselvesAndTheirExamplesValidate) {
  Registry registry;
  register_connector(registry);
  ASSERT_FALSE(registry.sources().empty());
  for (const auto& [name, entry] : registry.targets()) {
    EXPECT_EQ(testing::descriptor_problems(entry.descriptor), std::vector<std::string>());
    EXPECT_FALSE(entry.descriptor.guarantee.empty()) << name;
  }
  for (const auto& [name, entry] : registry.sources()) {
    EXPECT_EQ(testing::descriptor_problems(entry.descriptor), std::vector<std::string>());
  }
}

}  // namespace
}  // namespace naru
