#include "glyffuser/train/preview.hpp"

#include <gtest/gtest.h>

#include "glyffuser/image/grid.hpp"
#include "tests/encoder/tiny_text_encoder.hpp"
#include "tests/support/conditional_model.hpp"

namespace glyffuser {
namespace {

PreviewConfig two_pictures_each() {
  PreviewConfig config;
  config.images = 2;
  config.steps = 4;
  config.guidance_scale = 5;
  config.prompts = {"gold", "water"};
  return config;
}

GrayImage grid_of(const torch::Tensor& pictures, const std::vector<std::string>& rows) {
  GridLabels labels;
  labels.rows = rows;
  labels.columns = {"0", "1"};
  return make_grid(to_images(pictures), 2, labels, find_label_font());
}

TEST(PreviewTest, SeedsStandInARow) {
  const testing::TemporaryFolder folder;
  Model model = testing::tiny_model();
  model.info.conditional = false;
  model.unet->train();
  Preview(two_pictures_each(), nullptr).write(model, folder / "p.png");
  EXPECT_TRUE(model.unet->is_training());
  model.unet->eval();
  const torch::Tensor pictures = testing::draw_seeds(model, {0, 1}, "ddim");
  EXPECT_EQ(read_image(folder / "p.png").pixels, grid_of(pictures, {""}).pixels);
}

TEST(PreviewTest, PromptsStandOneBelowTheOtherAndAreGuided) {
  const testing::TemporaryFolder folder;
  testing::save_conditional_model(folder / "model", 8);
  const Model model = load_model(folder / "model", torch::kCPU);
  const TextEncoder encoder({.path = (folder / "model").string(), .max_length = {}});
  Preview(two_pictures_each(), &encoder).write(model, folder / "p.png");
  std::vector<torch::Tensor> rows;
  for (const char* prompt : {"gold", "water"}) {
    const auto twice = [&](const std::string& text) { return encoder.encode({text, text}); };
    const auto scheduler = make_scheduler("ddim", model.scheduler, 4);
    ImageGenerators generators({0, 1});
    const torch::Tensor noise = generators.normal({1, 32, 32});
    rows.push_back(draw(model, {twice(prompt), twice("")}, {.scale = 5}, *scheduler, noise, generators));
  }
  const GrayImage drawn = read_image(folder / "p.png"),
                  expected = grid_of(torch::cat(rows), {"gold", "water"});
  ASSERT_EQ(drawn.pixels.size(), expected.pixels.size());
  int greatest = 0;  // a batch of one padding and of another differ by rounding
  for (std::size_t i = 0; i < drawn.pixels.size(); ++i)
    greatest = std::max(greatest, std::abs(drawn.pixels[i] - expected.pixels[i]));
  EXPECT_LE(greatest, 1);
}

}  // namespace
}  // namespace glyffuser
