#include "glyffuser/nn/patchify.hpp"

#include <gtest/gtest.h>

namespace glyffuser {
namespace {

TEST(PatchifyTest, PatchesAreChannelsInPixelUnshuffleOrder) {
  const torch::Tensor images = torch::arange(2 * 4 * 6).reshape({2, 1, 4, 6}).to(torch::kFloat);
  const torch::Tensor patches = patchify(images, 2);
  EXPECT_EQ(patches.sizes(), (std::vector<std::int64_t>{2, 4, 2, 3}));
  EXPECT_EQ((patches[1][2][0][1].item<float>()), (images[1][0][1][2].item<float>()));
  EXPECT_TRUE(torch::equal(unpatchify(patches, 2), images));
  EXPECT_TRUE(torch::equal(patchify(images, 1), images));
}

}  // namespace
}  // namespace glyffuser
