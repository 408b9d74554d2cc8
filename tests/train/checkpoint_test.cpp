#include "glyffuser/train/checkpoint.hpp"

#include <gtest/gtest.h>

#include "glyffuser/core/files.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
using testing::expect_error;

Checkpoint example() {
  Checkpoint checkpoint;
  checkpoint.state = {.step = 7, .samples = 448, .ema_updates = 6, .skipped_steps = 1};
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
  EXPECT_EQ(read.environment, example().environment);
  EXPECT_TRUE(torch::equal(read.weights.at("w"), example().weights.at("w")));
  EXPECT_EQ(read.optimizer.size(), 2U);
}

TEST(CheckpointTest, NewestFirst) {
  const testing::TemporaryFolder folder;
  for (const int step : {5, 1000, 20}) save_checkpoint(folder / checkpoint_name(step), example());
  folder.write("notes.txt", "");
  const auto found = list_checkpoints(folder.path());
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].filename(), "step-00001000");
  EXPECT_EQ(found[2].filename(), "step-00000005");
  EXPECT_TRUE(list_checkpoints(folder / "none").empty());
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
}

}  // namespace glyffuser
