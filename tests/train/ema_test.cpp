#include "glyffuser/train/ema.hpp"

#include <gtest/gtest.h>

namespace glyffuser {

// EMAModel.get_decay of diffusers 0.42 with use_ema_warmup (training_utils.py).
TEST(EmaTest, DecayWarmsUpAsInDiffusers) {
  const EmaConfig two_thirds{.decay = 0.9999, .inv_gamma = 1.0, .power = 2.0 / 3};
  EXPECT_NEAR(ema_decay(two_thirds, 10), 0.784557, 1e-6);
  EXPECT_NEAR(ema_decay(two_thirds, 1000), 0.990000, 1e-6);
  const EmaConfig three_quarters{.decay = 0.9999, .inv_gamma = 1.0, .power = 0.75};
  EXPECT_NEAR(ema_decay(three_quarters, 10), 0.822172, 1e-6);
  EXPECT_NEAR(ema_decay(three_quarters, 10000), 0.999000, 1e-6);
  EXPECT_EQ(ema_decay(three_quarters, 1), 0.0);
  EXPECT_EQ(ema_decay(three_quarters, 100'000'000), 0.9999);
}

TEST(EmaTest, AveragesAndGivesTheWeightsBack) {
  const torch::Tensor weight = torch::zeros({3}).requires_grad_();
  Ema ema({{"w", weight}}, {.decay = 0.9, .inv_gamma = 1.0, .power = 1.0});
  AdamW optimizer({{"w", weight}}, {});
  const auto update_from = [&](double value) {
    weight.detach().fill_(value);
    // With a learning rate of 0 the weights stay; only what follows them moves.
    optimizer.step({torch::ones({3})}, torch::ones({}), 0.0, {ema.averages(), ema.next_weight(), {}});
    ema.count_update();
  };
  update_from(4.0);  // decay 0
  update_from(0.0);  // decay 0.5
  EXPECT_NEAR(ema.state().at("w")[0].item<float>(), 2.0, 1e-6);
  {
    const Ema::Applied averaged(ema);
    EXPECT_NEAR(weight[0].item<float>(), 2.0, 1e-6);
  }
  EXPECT_EQ(weight[0].item<float>(), 0.0);
  EXPECT_NEAR(ema.state().at("w")[0].item<float>(), 2.0, 1e-6);
  EXPECT_TRUE(weight.requires_grad());
  EXPECT_EQ(ema.updates(), 2);
}

}  // namespace glyffuser
