#include "glyffuser/tensor/generator.hpp"

#include <gtest/gtest.h>

namespace glyffuser {
namespace {

TEST(ImageGeneratorsTest, DrawsWhatPythonDrawsFromTheSameSeed) {
  ImageGenerators generators({0});
  const torch::Tensor drawn = generators.normal({4, 3, 8, 8});
  ASSERT_EQ(drawn.sizes(), torch::IntArrayRef({1, 4, 3, 8, 8}));
  ASSERT_EQ(drawn.scalar_type(), torch::kFloat32);
  const torch::Tensor flat = drawn.flatten();
  EXPECT_FLOAT_EQ(flat[0].item<float>(), -1.1258398F);
  EXPECT_FLOAT_EQ(flat[1].item<float>(), -1.1523602F);
  EXPECT_FLOAT_EQ(flat[2].item<float>(), -0.25057858F);
  EXPECT_FLOAT_EQ(flat[3].item<float>(), -0.43387884F);
  EXPECT_NEAR(flat.to(torch::kFloat64).sum().item<double>(), 47.871555, 1e-4);
  EXPECT_NEAR(flat.to(torch::kFloat64).abs().sum().item<double>(), 622.952465, 1e-4);
}

TEST(ImageGeneratorsTest, ARowDependsOnItsOwnSeedAlone) {
  ImageGenerators pair({7, 42});
  ImageGenerators alone({42});
  for (int draw = 0; draw < 3; ++draw) {
    const torch::Tensor rows = pair.normal({1, 5, 5});
    EXPECT_TRUE(torch::equal(rows[1], alone.normal({1, 5, 5})[0]));
    EXPECT_FALSE(torch::equal(rows[0], rows[1]));
  }
}

TEST(ImageGeneratorsTest, GoesOnWhereItStopped) {
  ImageGenerators generators({1});
  EXPECT_FALSE(torch::equal(generators.normal({1, 4, 4}), generators.normal({1, 4, 4})));
}

TEST(ImageGeneratorsTest, LeavesTheGlobalGeneratorAlone) {
  torch::manual_seed(3);
  const torch::Tensor expected = torch::randn({4});
  torch::manual_seed(3);
  ImageGenerators({0, 1}).normal({1, 8, 8});
  EXPECT_TRUE(torch::equal(torch::randn({4}), expected));
}

}  // namespace
}  // namespace glyffuser
