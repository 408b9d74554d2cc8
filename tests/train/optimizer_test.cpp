#include "glyffuser/train/optimizer.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"

namespace glyffuser {

TrainConfig schedule(const std::string& name) {
  TrainConfig config;
  config.optimizer.learning_rate = 1.0;
  config.warmup_steps = 10;
  config.lr_schedule = name;
  return config;
}

TEST(LearningRateTest, WarmsUpThenFollowsTheCosine) {
  const TrainConfig config = schedule("cosine");
  EXPECT_DOUBLE_EQ(learning_rate_at(config, 0, 110), 0.1);
  EXPECT_DOUBLE_EQ(learning_rate_at(config, 9, 110), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate_at(config, 10, 110), 1.0);
  EXPECT_NEAR(learning_rate_at(config, 60, 110), 0.5, 1e-12);
  EXPECT_NEAR(learning_rate_at(config, 110, 110), 0.0, 1e-12);
  EXPECT_NEAR(learning_rate_at(config, 500, 110), 0.0, 1e-12);
}

TEST(LearningRateTest, ConstantStaysAndNoWarmUpIsFine) {
  TrainConfig config = schedule("constant");
  EXPECT_DOUBLE_EQ(learning_rate_at(config, 109, 110), 1.0);
  config.warmup_steps = 0;
  EXPECT_DOUBLE_EQ(learning_rate_at(config, 0, 110), 1.0);
}

NamedParameters two_parameters() {
  torch::manual_seed(3);
  return {{"a", torch::randn({4, 5}).requires_grad_()}, {"b", torch::randn({7}).requires_grad_()}};
}

torch::Tensor some_loss(const NamedParameters& parameters) {
  torch::Tensor loss = torch::zeros({});
  for (const auto& [name, parameter] : parameters) loss = loss + (parameter * parameter * parameter).sum();
  return loss;
}

TEST(AdamWTest, StepsAsLibTorchsOwn) {
  const NamedParameters ours = two_parameters();
  const NamedParameters theirs = two_parameters();
  AdamW optimizer(ours, AdamWConfig{.learning_rate = 1e-2, .weight_decay = 0.1});
  torch::optim::AdamW reference(
      {theirs[0].second, theirs[1].second},
      torch::optim::AdamWOptions(1e-2).weight_decay(0.1).betas({0.9, 0.999}).eps(1e-8));
  for (int i = 0; i < 20; ++i) {
    optimizer.zero_grad();
    some_loss(ours).backward();
    optimizer.step(1e-2);
    reference.zero_grad();
    some_loss(theirs).backward();
    reference.step();
  }
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_LT((ours[i].second - theirs[i].second).abs().max().item<float>(), 1e-5);
}

TEST(AdamWTest, StateGoesIntoAnotherOptimizer) {
  const NamedParameters first = two_parameters();
  AdamW optimizer(first, {});
  some_loss(first).backward();
  optimizer.step(1e-2);
  const NamedParameters second = two_parameters();
  AdamW other(second, {});
  other.load(optimizer.state());
  for (const auto& [name, tensor] : optimizer.state())
    EXPECT_TRUE(torch::equal(other.state().at(name), tensor)) << name;
  testing::expect_error<FileError>([&] { other.load({}); }, {"optimizer state"});
}

TEST(ClipTest, ScalesOnlyWhatIsTooLong) {
  const NamedParameters parameters = two_parameters();
  (parameters[0].second.sum() * 3 + parameters[1].second.sum() * 4).backward();
  const double norm = std::sqrt(20 * 9 + 7 * 16);
  EXPECT_NEAR(clip_grad_norm(parameters, 0).item<double>(), norm, 1e-4);
  EXPECT_NEAR(clip_grad_norm(parameters, 1000).item<double>(), norm, 1e-4);
  EXPECT_NEAR(clip_grad_norm(parameters, 1.0).item<double>(), norm, 1e-4);
  EXPECT_NEAR(clip_grad_norm(parameters, 0).item<double>(), 1.0, 1e-4);
}

}  // namespace glyffuser
