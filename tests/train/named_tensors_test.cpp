#include "glyffuser/train/named_tensors.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"

namespace glyffuser {

TEST(NamedTensorsTest, CopiesIntoNamesakes) {
  const std::map<std::string, torch::Tensor> from = {{"a", torch::ones({2})}, {"more", torch::ones({1})}};
  const std::map<std::string, torch::Tensor> to = {{"a", torch::zeros({2})}};
  copy_by_name(from, to, "weights");
  EXPECT_TRUE(to.at("a").equal(torch::ones({2})));
}

TEST(NamedTensorsTest, SaysWhatDoesNotFit) {
  const std::map<std::string, torch::Tensor> to = {{"a", torch::zeros({2, 3})}};
  testing::expect_error<FileError>([&] { copy_by_name({}, to, "averages"); },
                                   {"its averages lack `a`", "expected those of this model"});
  testing::expect_error<FileError>(
      [&] {
        copy_by_name({{"a", torch::ones({2})}}, to, "weights");
      },
      {"`a` of its weights has the shape [2]", "expected [2, 3]"});
}

}  // namespace glyffuser
