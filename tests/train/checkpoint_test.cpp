#include "glyffuser/train/checkpoint.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "glyffuser/core/files.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
using testing::expect_error;

Checkpoint example() {
  Checkpoint checkpoint;
  checkpoint.state = {.step = 7,
                      .samples = 448,
                      .ema_updates = 6,
                      .skipped_steps = 1,
                      .divergence = {.good_steps = 6,
                                     .bad_in_a_row = 1,
                                     .loss = {.mean = -1.1, .variance = 0.1},
                                     .grad_norm = {.mean = 1.0 / 3, .variance = 2}},
                      .sums = {.loss = 0.7, .grad_norm = 3, .good_steps = 2, .smoothed_loss = 0.1},
                      .best_validation_loss = 0.3};
  checkpoint.weights = {{"w", torch::arange(6.0).reshape({2, 3})}};
  checkpoint.ema = {{"w", torch::ones({2, 3})}};
  checkpoint.optimizer = {{"step", torch::tensor(6.0F)}, {"exp_avg.w", torch::zeros({2, 3})}};
  checkpoint.environment = {{"threads", "2"}};
  return checkpoint;
}

TEST(CheckpointTest, RoundTrip) {
  const testing::TemporaryFolder folder;
  save_checkpoint(folder / checkpoint_name(7), example());
  const Checkpoint read = load_checkpoint(folder / "step-00000007");
  EXPECT_EQ(read.state.step, 7);
  EXPECT_EQ(read.state.samples, 448);
  EXPECT_EQ(read.state.ema_updates, 6);
  EXPECT_EQ(read.state.skipped_steps, 1);
  const TrainState written = example().state;
  EXPECT_EQ(read.state.divergence.good_steps, 6);
  EXPECT_EQ(read.state.divergence.bad_in_a_row, 1);
  EXPECT_EQ(read.state.divergence.loss.mean, written.divergence.loss.mean);
  EXPECT_EQ(read.state.divergence.loss.variance, written.divergence.loss.variance);
  EXPECT_EQ(read.state.divergence.grad_norm.mean, written.divergence.grad_norm.mean);
  EXPECT_EQ(read.state.divergence.grad_norm.variance, written.divergence.grad_norm.variance);
  EXPECT_EQ(read.state.sums.loss, written.sums.loss);
  EXPECT_EQ(read.state.sums.grad_norm, written.sums.grad_norm);
  EXPECT_EQ(read.state.sums.good_steps, written.sums.good_steps);
  EXPECT_EQ(read.state.sums.smoothed_loss, written.sums.smoothed_loss);
  EXPECT_EQ(read.state.best_validation_loss, 0.3);
  EXPECT_EQ(read.environment, example().environment);
  EXPECT_TRUE(torch::equal(read.weights.at("w"), example().weights.at("w")));
  EXPECT_EQ(read.optimizer.size(), 2U);
}

TEST(CheckpointTest, WithoutWhatOlderProgramsDidNotKeep) {
  const testing::TemporaryFolder folder;
  save_checkpoint(folder / "c", example());
  auto state = nlohmann::json::parse(read_file(folder / "c/state.json"));
  for (const char* key : {"divergence", "sums", "best_validation_loss"}) state.erase(key);
  write_file_atomically(folder / "c/state.json", state.dump());
  const TrainState read = load_checkpoint(folder / "c").state;
  EXPECT_EQ(read.step, 7);
  EXPECT_EQ(read.divergence.good_steps, 0);
  EXPECT_EQ(read.best_validation_loss, std::nullopt);
}

TEST(CheckpointTest, WhatIsNotFiniteIsNotSaved) {
  const testing::TemporaryFolder folder;
  for (const float number :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    for (auto part : {&Checkpoint::weights, &Checkpoint::ema, &Checkpoint::optimizer}) {
      Checkpoint broken = example();
      (broken.*part)["w"] = torch::tensor({0.0F, number});
      expect_error<RunError>([&] { save_checkpoint(folder / "c", broken); }, {"diverged", "step 7"});
    }
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "c"));
}

TEST(CheckpointTest, NewestFirst) {
  const testing::TemporaryFolder folder;
  for (const int step : {5, 1000, 20}) save_checkpoint(folder / checkpoint_name(step), example());
  folder.write("notes.txt", "");
  std::filesystem::create_directory(folder / "step-00000020-keep");  // the user's own copy
  std::filesystem::create_directory(folder / "step-");
  folder.write("step-00000007", "a file");
  const auto found = list_checkpoints(folder.path());
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].filename(), "step-00001000");
  EXPECT_EQ(found[2].filename(), "step-00000005");
  EXPECT_TRUE(list_checkpoints(folder / "none").empty());
}

TEST(CheckpointTest, StepsAreNumbersHoweverLong) {
  const testing::TemporaryFolder folder;
  for (const std::int64_t step : {99'999'999LL, 100'000'000LL})
    std::filesystem::create_directory(folder / checkpoint_name(step));
  EXPECT_EQ(list_checkpoints(folder.path()).front().filename(), "step-100000000");
  EXPECT_EQ(step_in_name("step-00000120"), 120);
  for (const char* name : {"step-", "step-12x", "step--1", "stop-00000120", "step-99999999999999999999"})
    EXPECT_FALSE(step_in_name(name)) << name;
}

TEST(CheckpointTest, DamageIsFound) {
  const testing::TemporaryFolder folder;
  const auto path = folder / checkpoint_name(7);
  const auto load = [&] { load_checkpoint(path); };
  save_checkpoint(path, example());
  std::string bytes = read_file(path / "ema.safetensors");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write_file_atomically(path / "ema.safetensors", bytes);
  expect_error<FileError>(load, {"ema.safetensors", "damaged"});

  save_checkpoint(path, example());
  std::filesystem::resize_file(path / "weights.safetensors", 20);
  expect_error<FileError>(load, {"weights.safetensors"});
  std::filesystem::remove(path / "weights.safetensors");
  expect_error<FileError>(load, {"weights.safetensors"});

  save_checkpoint(path, example());
  write_file_atomically(path / "state.json", "{\"step\": 1");
  expect_error<FileError>(load, {"state.json"});
  write_file_atomically(path / "state.json", "{\"format_version\": 99}");
  expect_error<FileError>(load, {"state.json", "99"});
  save_checkpoint(path, example());
  const std::string sound = read_file(path / "state.json");
  const auto with = [&](const char* key, const char* value) {
    const std::size_t at = sound.find(std::string("\"") + key + "\": ") + std::string(key).size() + 4;
    return sound.substr(0, at) + value + sound.substr(sound.find_first_of(",\n", at));
  };
  for (const auto& [key, value] :
       {std::pair("step", "-5"), {"step", "5.9"}, {"samples", "-1000"}, {"step", "true"}}) {
    write_file_atomically(path / "state.json", with(key, value));
    expect_error<FileError>(load, {"state.json", key, "a whole number of at least 0"});
  }
  write_file_atomically(path / "state.json", std::string(100'000, '[') + std::string(100'000, ']'));
  expect_error<FileError>(load, {"state.json", "32 deep"});
}

}  // namespace glyffuser
