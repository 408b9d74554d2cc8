#include "glyffuser/model/draw.hpp"

#include <gtest/gtest.h>

#include "glyffuser/diffusion/guidance.hpp"
#include "glyffuser/nn/patchify.hpp"
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

TEST(DrawTest, PatchesOfPicturesAreInTheModelsRangeAndTheWayBackIsExact) {
  Model model = tiny_model();
  const torch::Tensor pictures = torch::linspace(-1, 1, 2 * 32 * 32).view({2, 1, 32, 32});
  EXPECT_TRUE(torch::equal(to_pictures(model, to_patches(model, pictures)), pictures));
  model.info.pixel_low = 0;
  model.info.pixel_high = 2;
  const torch::Tensor patches = to_patches(model, pictures);
  EXPECT_EQ(patches.sizes(), patchify(pictures, model.info.patch_size).sizes());
  EXPECT_FLOAT_EQ(patches.min().item<float>(), 0);
  EXPECT_FLOAT_EQ(patches.max().item<float>(), 2);
  EXPECT_TRUE(torch::allclose(to_pictures(model, patches), pictures, 0, 1e-6));
}

TEST(DrawTest, ImagesAreClampedAndRounded) {
  const auto images = to_images(torch::tensor({-2.0F, -1.0F, 0.0F, 0.5F, 1.0F, 3.0F}).reshape({1, 1, 2, 3}));
  ASSERT_EQ(images.size(), 1U);
  EXPECT_EQ(images[0].width, 3);
  EXPECT_EQ(images[0].height, 2);
  EXPECT_EQ(images[0].pixels, (std::vector<std::uint8_t>{0, 0, 128, 191, 255, 255}));
}

/// Pictures of seeds 1 and 2 from a given image.
torch::Tensor draw_given(const Model& model, const GivenImage& given, const char* name = "ddim",
                         const SamplingCallback& callback = {}, std::int64_t all_steps = 10) {
  const auto scheduler = make_scheduler(name, model.scheduler, all_steps);
  ImageGenerators generators({1, 2});
  const torch::Tensor noise = generators.normal({1, 32, 32});
  return draw(model, {}, {}, *scheduler, noise, generators, callback, given);
}

torch::Tensor some_image() {
  return torch::linspace(-1, 1, 32 * 32).view({1, 1, 32, 32});
}

TEST(DrawTest, AtFullStrengthNothingOfTheImageIsLeft) {
  const Model model = tiny_model();
  EXPECT_TRUE(torch::equal(draw_given(model, {some_image(), 1.0, {}}), draw_given(model, {})));
}

TEST(DrawTest, StrengthSaysHowManyStepsAreDone) {
  const Model model = tiny_model();
  for (const auto& [strength, expected] : {std::pair(1.0, 10), {0.61, 6}, {0.3, 3}, {0.01, 1}}) {
    int steps = 0;
    const SamplingCallback count = [&](const SamplingStep&) { return ++steps > 0; };
    const torch::Tensor pictures = draw_given(model, {some_image(), strength, {}}, "ddim", count);
    EXPECT_EQ(steps, expected) << strength;
    EXPECT_EQ(pictures.sizes(), torch::IntArrayRef({2, 1, 32, 32}));
  }
}

TEST(DrawTest, TheLessStrengthTheNearerToTheImage) {
  Model model = tiny_model();
  model.scheduler.prediction_type = "epsilon";
  // A model that knows nothing but that there is no noise leaves the image and the noise put on it.
  const torch::NoGradGuard no_grad;
  for (auto& parameter : model.unet->parameters()) parameter.zero_();
  double last = 0;
  for (const double strength : {0.1, 0.3, 0.6}) {
    const torch::Tensor pictures = draw_given(model, {some_image(), strength, {}});
    const double distance = (pictures - some_image()).abs().mean().item<double>();
    EXPECT_GT(distance, last) << strength;
    last = distance;
  }
}

TEST(DrawTest, WhatIsKeptIsTheImageItself) {
  torch::Tensor keep = torch::zeros({1, 1, 32, 32});
  keep.slice(3, 0, 13).fill_(1);  // not along the patches
  for (const double low : {-1.0, 0.0}) {
    Model model = tiny_model();
    model.info.pixel_low = low;
    for (const char* name : {"ddim", "ddpm"}) {
      const torch::Tensor image = some_image();
      const torch::Tensor pictures = draw_given(model, {image, 1.0, keep}, name);
      EXPECT_TRUE(
          torch::allclose(pictures.slice(3, 0, 13), image.slice(3, 0, 13).expand({2, 1, 32, 13}), 0, 1e-6));
      EXPECT_FALSE(torch::allclose(pictures.slice(3, 13, 32), image.slice(3, 13, 32), 0, 0.01));
      EXPECT_FALSE(torch::equal(pictures[0], pictures[1]));
      // The kept part is seen by the network, so it reaches the rest.
      const torch::Tensor other = draw_given(model, {-image, 1.0, keep}, name);
      EXPECT_FALSE(torch::equal(other.slice(3, 13, 32), pictures.slice(3, 13, 32)));
    }
  }
}

TEST(DrawTest, TheFirstStepSeesWhatIsKept) {
  torch::Tensor keep = torch::zeros({1, 1, 32, 32});
  keep.slice(3, 0, 16).fill_(1);
  const auto rest = [&](const torch::Tensor& image) {
    return draw_given(tiny_model(), {image, 1.0, keep}, "ddim", {}, 1).slice(3, 16, 32);
  };
  EXPECT_FALSE(torch::equal(rest(some_image()), rest(-some_image())));
}

TEST(DrawTest, StepsAreRepeatedWhereAPartIsKept) {
  const auto steps_of = [](const torch::Tensor& keep) {
    int steps = 0;
    const SamplingCallback count = [&](const SamplingStep&) { return ++steps > 0; };
    draw_given(tiny_model(), {some_image(), 1.0, keep, 3}, "ddim", count, 12);
    return steps;
  };
  EXPECT_EQ(steps_of(torch::ones({1, 1, 32, 32})), 3 * 10 + 2);
  EXPECT_EQ(steps_of({}), 12);
}

TEST(DrawTest, GuidanceIsNothingToAModelWithoutPrompts) {
  Model model = tiny_model();
  model.info.conditional = false;
  const torch::NoGradGuard no_grad;
  ImageGenerators generators({1, 2});
  const torch::Tensor noisy = generators.normal({16, 8, 8}), timesteps = torch::full({2}, 500);
  EXPECT_TRUE(
      torch::equal(bind(model, {}, {.scale = 3})(noisy, timesteps), bind(model, {}, {})(noisy, timesteps)));
}

TEST(DrawTest, GuidanceIsBetweenThePromptAndTheNegativeOne) {
  UNetConfig config = tiny_model().unet->config();
  config.class_name = "UNet2DConditionModel";
  config.down_block_types[1] = "CrossAttnDownBlock2D";
  config.up_block_types[0] = "CrossAttnUpBlock2D";
  config.encoder_hid_dim = 8;
  Model model;
  model.unet = make_unet(config, 1);
  const torch::NoGradGuard no_grad;
  ImageGenerators generators({1, 2});
  const torch::Tensor noisy = generators.normal({16, 8, 8}), timesteps = torch::full({2}, 500);
  const auto text = [&](std::int64_t tokens) {  // of four, the others are padding
    return TextStates{generators.normal({4, 8}), (torch::arange(4) < tokens).expand({2, 4})};
  };
  const Conditioning conditioning{text(1), text(3)};
  const auto only = [&](const TextStates& of) {
    return model.unet->forward(noisy, timesteps, of.states, of.mask);
  };
  const torch::Tensor with = only(conditioning.prompt), without = only(conditioning.negative);
  const torch::Tensor guided = without + 3 * (with - without);
  const auto bound = [&](const GuidanceConfig& guidance) {
    return bind(model, conditioning, guidance)(noisy, timesteps);
  };
  EXPECT_TRUE(torch::allclose(bound({}), with, 1e-4, 1e-5));
  EXPECT_TRUE(torch::allclose(bound({.scale = 3}), guided, 1e-4, 1e-5));
  EXPECT_TRUE(
      torch::allclose(bound({.scale = 3, .rescale = 0.7}), rescale_guidance(guided, with, 0.7), 1e-4, 1e-5));
}

TEST(DrawTest, StepsAreShownAsTheDenoiserSeesThem) {
  const Model model = tiny_model();
  const auto scheduler =
      make_scheduler("dpmsolver-sde", model.scheduler, 3);  // whose samples grow with sigma
  const StepResult result{torch::ones({1, 16, 8, 8}), {}};
  for (std::size_t index = 0; index < 5; ++index) {
    const torch::Tensor seen =
        index < 4 ? scheduler->scale_model_input(result.prev_sample, index + 1) : result.prev_sample;
    EXPECT_TRUE(torch::equal(noisy_pictures(model, *scheduler, {index, 5, result}), to_pictures(model, seen)))
        << index;
  }
}

TEST(DrawTest, StepsCanBeShownAsPictures) {
  const Model model = tiny_model();
  const auto scheduler = make_scheduler("ddim", model.scheduler, 3);
  ImageGenerators generators({1, 2});
  const torch::Tensor noise = generators.normal({1, 32, 32});
  torch::Tensor noisy, original;
  const torch::Tensor pictures =
      draw(model, {}, {}, *scheduler, noise, generators, [&](const SamplingStep& step) {
        noisy = noisy_pictures(model, *scheduler, step);
        original = to_pictures(model, step.result.pred_original_sample);
        return true;
      });
  EXPECT_TRUE(torch::equal(noisy, pictures));
  EXPECT_EQ(original.sizes(), pictures.sizes());
}

}  // namespace glyffuser
