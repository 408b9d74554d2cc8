#include "glyffuser/train/optimizer.hpp"

#include <gtest/gtest.h>
#include <torch/optim/adamw.h>

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

std::vector<torch::Tensor> gradients_of(const NamedParameters& parameters) {
  std::vector<torch::Tensor> gradients;
  for (const auto& [name, parameter] : parameters)
    gradients.push_back(torch::Tensor(parameter).mutable_grad());
  return gradients;
}

void forget_gradients(const NamedParameters& parameters) {
  for (const auto& [name, parameter] : parameters) torch::Tensor(parameter).mutable_grad().reset();
}

TEST(AdamWTest, StepsAsLibTorchsOwn) {
  const NamedParameters ours = two_parameters();
  const NamedParameters theirs = two_parameters();
  AdamW optimizer(ours, AdamWConfig{.learning_rate = 1e-2, .weight_decay = 0.1});
  torch::optim::AdamW reference(
      {theirs[0].second, theirs[1].second},
      torch::optim::AdamWOptions(1e-2).weight_decay(0.1).betas({0.9, 0.999}).eps(1e-8));
  for (int i = 0; i < 20; ++i) {
    forget_gradients(ours);
    some_loss(ours).backward();
    optimizer.step(gradients_of(ours), torch::ones({}), 1e-2);
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
  optimizer.step(gradients_of(first), torch::ones({}), 1e-2);
  const NamedParameters second = two_parameters();
  AdamW other(second, {});
  other.load(optimizer.state());
  for (const auto& [name, tensor] : optimizer.state())
    EXPECT_TRUE(torch::equal(other.state().at(name), tensor)) << name;
  testing::expect_error<FileError>([&] { other.load({}); }, {"optimizer's moments"});
}

// The one pass of float32 on a CPU against the lists of tensors that float64 goes through.
TEST(AdamWTest, FollowersFollowInBothWays) {
  const auto run = [](torch::Dtype dtype, torch::Dtype gradient_dtype) {
    torch::manual_seed(5);
    // Channels last, with a gradient that is not; more weights than a slice has.
    torch::Tensor weight =
        torch::randn({70, 30, 3, 3}).to(dtype).contiguous(torch::MemoryFormat::ChannelsLast);
    Followers followers = {{weight.clone()}, 0.25, {weight.to(torch::kBFloat16)}};
    AdamW optimizer({{"w", weight}}, AdamWConfig{.weight_decay = 0.1});
    for (int i = 0; i < 5; ++i) {
      const torch::Tensor gradient = torch::randn({70, 30, 3, 3}).to(gradient_dtype);
      optimizer.step({gradient}, torch::full({}, 0.5), 1e-2, followers);
    }
    return std::vector<torch::Tensor>{weight, followers.averages[0], followers.copies[0]};
  };
  const auto expected = run(torch::kDouble, torch::kBFloat16);
  const auto actual = run(torch::kFloat, torch::kBFloat16);
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_LT((actual[i] - expected[i]).abs().max().item<double>(), 1e-6) << i;
  EXPECT_TRUE(torch::equal(actual[2], actual[0].to(torch::kBFloat16)));
  EXPECT_GT((actual[1] - actual[0]).abs().max().item<double>(), 1e-3);
}

// What a GPU does, in the CPU's float32: against the one pass over memory that a CPU trains by.
TEST(AdamWTest, TensorListsStepAsTheOnePassDoes) {
  const auto start = [] {
    torch::manual_seed(5);
    return torch::randn({70, 30, 3, 3}).contiguous(torch::MemoryFormat::ChannelsLast);
  };
  const auto followers_of = [](const torch::Tensor& weight) {
    return Followers{{weight.clone()}, 0.25, {weight.to(torch::kBFloat16)}};
  };
  const torch::Tensor ours = start(), theirs = start();
  const Followers our_followers = followers_of(ours), their_followers = followers_of(theirs);
  AdamW lists({{"w", ours}}, {.weight_decay = 0.1}), one_pass({{"w", theirs}}, {.weight_decay = 0.1});
  const auto numbers = [](float skip) {
    return UpdateNumbers{torch::full({}, 0.5), torch::full({}, 1e-2), torch::full({}, 0.25),
                         torch::full({}, skip)};
  };
  for (int i = 0; i < 5; ++i) {
    const torch::Tensor gradient = torch::randn({70, 30, 3, 3}).to(torch::kBFloat16);
    lists.step({gradient}, numbers(0), our_followers);
    one_pass.step({gradient}, torch::full({}, 0.5), 1e-2, their_followers);
  }
  EXPECT_LT((ours - theirs).abs().max().item<double>(), 1e-6);
  EXPECT_LT((our_followers.averages[0] - their_followers.averages[0]).abs().max().item<double>(), 1e-6);
  EXPECT_TRUE(torch::equal(our_followers.copies[0], ours.to(torch::kBFloat16)));
  EXPECT_EQ(lists.state().at("step").item<float>(), 5);

  // A skipped step changes nothing, not even with a gradient of NaN.
  std::map<std::string, torch::Tensor> before = lists.state();
  before["w"] = ours, before["average"] = our_followers.averages[0], before["copy"] = our_followers.copies[0];
  std::map<std::string, torch::Tensor> values;
  for (const auto& [name, tensor] : before) values[name] = tensor.clone();
  lists.step({torch::full({70, 30, 3, 3}, std::numeric_limits<float>::quiet_NaN())}, numbers(1),
             our_followers);
  for (const auto& [name, tensor] : before) EXPECT_TRUE(torch::equal(tensor, values.at(name))) << name;
}

TEST(ClipTest, ScalesOnlyWhatIsTooLong) {
  const std::vector<torch::Tensor> gradients = {torch::full({100, 200}, 3.0), torch::full({7}, 4.0)};
  const double norm = std::sqrt(20'000 * 9 + 7 * 16);
  for (const auto dtype : {torch::kFloat, torch::kBFloat16, torch::kDouble}) {
    const torch::Tensor measured = gradient_norm({gradients[0].to(dtype), gradients[1].to(dtype)});
    EXPECT_NEAR(measured.item<double>(), norm, 1e-3);
    EXPECT_EQ(clip_scale(measured, 0).item<double>(), 1);
    EXPECT_EQ(clip_scale(measured, 1000).item<double>(), 1);
    EXPECT_NEAR(clip_scale(measured, 2.0).item<double>(), 2 / norm, 1e-6);
  }
  EXPECT_NEAR(clip_scale(torch::full({}, 1e-6), 1e-6).item<double>(), 0.5,
              1e-6);  // PyTorch's 1e-6 beside the norm
  const torch::Tensor broken = torch::full({3}, std::numeric_limits<float>::infinity());
  EXPECT_FALSE(std::isfinite(gradient_norm({broken}).item<double>()));
}

}  // namespace glyffuser
