#include <gtest/gtest.h>

#include "config/testing.h"
#include "naru/registry.h"

namespace naru {
namespace {

TEST(Operators, DescribeThemselvesAndTheirExamplesValidate) {
  Registry registry;
  register_operator(registry);
  ASSERT_FALSE(registry.operators().empty());
  for (const auto& [name, entry] : registry.operators()) {
    EXPECT_EQ(testing::descriptor_problems(entry.descriptor), std::vector<std::string>());
  }
}

}  // namespace
}  // namespace naru
