#include "glyffuser/model/draw.hpp"

#include <gtest/gtest.h>

#include "tests/support/tiny_model.hpp"

namespace glyffuser {
using testing::draw_seeds;
using testing::tiny_model;

TEST(DrawTest, APictureDependsOnItsSeedAlone) {
  const Model model = tiny_model();
  for (const char* scheduler : {"ddim", "ddpm"}) {
    const torch::Tensor ab = draw_seeds(model, {1, 2}, scheduler);
    const torch::Tensor cb = draw_seeds(model, {9, 2}, scheduler);
    EXPECT_TRUE(torch::equal(ab[1], cb[1])) << scheduler;
    EXPECT_FALSE(torch::equal(ab[0], cb[0])) << scheduler;
  }
}

TEST(DrawTest, OtherPixelRangesComeOutAsMinusOneToOne) {
  Model model = tiny_model();
  const torch::Tensor usual = draw_seeds(model, {1}, "ddim");
  model.info.pixel_low = 0;
  const torch::Tensor from_zero = draw_seeds(model, {1}, "ddim");
  EXPECT_TRUE(torch::allclose(from_zero, usual * 2 - 1));
}

TEST(DrawTest, ImagesAreClampedAndRounded) {
  const auto images = to_images(torch::tensor({-2.0F, -1.0F, 0.0F, 0.5F, 1.0F, 3.0F}).reshape({1, 1, 2, 3}));
  ASSERT_EQ(images.size(), 1U);
  EXPECT_EQ(images[0].width, 3);
  EXPECT_EQ(images[0].height, 2);
  EXPECT_EQ(images[0].pixels, (std::vector<std::uint8_t>{0, 0, 128, 191, 255, 255}));
}

}  // namespace glyffuser
