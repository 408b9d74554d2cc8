#include "glyffuser/sample/job.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <map>

#include "glyffuser/core/files.hpp"
#include "tests/sample/saved_model.hpp"
#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

class JobTest : public ::testing::Test {
 protected:
  /// The files that a job told of, with their bytes.
  std::map<std::string, std::string> run(const SampleConfig& config) {
    Drawer drawer(config, DataConfig{}, torch::kCPU);
    const Plan plan(config, Requests(config), false);
    Job job(config, drawer, plan, nullptr, nullptr);
    std::map<std::string, std::string> files;
    job.run(Cancellation(), true, [&](const Picture& picture, const std::string&) {
      files[picture.file.filename()] = read_file(picture.file);
    });
    if (job.sheet().wanted()) job.sheet().write();
    return files;
  }

  /// How many pictures a job tells of that is asked to stop at the first.
  std::size_t pictures_until_stopped() {
    Drawer drawer(config_, DataConfig{}, torch::kCPU);
    const Plan plan(config_, Requests(config_), false);
    const Cancellation cancelled;
    std::size_t told = 0;
    Job(config_, drawer, plan, nullptr, nullptr)
        .run(cancelled, true, [&](const Picture&, const std::string&) {
          ++told;
          std::raise(SIGTERM);
        });
    return told;
  }

  testing::SavedModel saved_;
  SampleConfig config_ = saved_.config();
};

TEST_F(JobTest, AnInterruptedOneIsCompletedWithTheSameBytes) {
  config_.request.num_images = 5;
  config_.batch_size = 2;
  const auto all = run(config_);
  EXPECT_EQ(all.size(), 5U);
  for (const char* lost : {"seed-1.png", "seed-4.png"})
    std::filesystem::remove(saved_.folder() / "out" / lost);
  EXPECT_EQ(run(config_), all);
}

TEST_F(JobTest, ASignalKeepsWhatIsFinishedAndNothingElse) {
  config_.request.num_images = 3;
  config_.batch_size = 1;
  EXPECT_EQ(pictures_until_stopped(), 1U);
  EXPECT_TRUE(std::filesystem::exists(saved_.folder() / "out/seed-0.png"));
  EXPECT_FALSE(std::filesystem::exists(saved_.folder() / "out/seed-1.png"));
}

TEST_F(JobTest, ASignalIsHeardWhereNothingIsDrawnToo) {
  config_.request.num_images = 3;
  config_.batch_size = 1;
  run(config_);
  EXPECT_EQ(pictures_until_stopped(), 1U);
}

TEST_F(JobTest, WhatIsThereIsNeitherWrittenNorCountedAgain) {
  config_.batch_size = 1;
  run(config_);
  std::filesystem::remove(saved_.folder() / "out/seed-1.png");
  Drawer drawer(config_, DataConfig{}, torch::kCPU);
  const Plan plan(config_, Requests(config_), false);
  ::testing::internal::CaptureStderr();
  Job(config_, drawer, plan, nullptr, nullptr)
      .run(Cancellation(), /*quiet=*/false, [](const Picture&, const std::string&) {});
  const std::string line = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(line.find("0/1 pictures | step 1/2"), std::string::npos) << line;
}

TEST_F(JobTest, ItsGridHasAllPicturesAlsoThoseThatWereThere) {
  config_.request.num_images = 3;
  run(config_);
  const auto grid = saved_.folder() / "out/grid.png";
  const std::string drawn = read_file(grid);
  std::filesystem::remove(grid);
  run(config_);
  EXPECT_EQ(read_file(grid), drawn);
}

TEST_F(JobTest, RawResultsAreThePicturesBeforeRounding) {
  config_.raw = "x.safetensors";
  Drawer drawer(config_, DataConfig{}, torch::kCPU);
  const Plan plan(config_, Requests(config_), false);
  Job job(config_, drawer, plan, nullptr, nullptr);
  job.run(Cancellation(), true, [](const Picture&, const std::string&) {});
  EXPECT_EQ(job.raw().sizes(), (torch::IntArrayRef{2, 1, 32, 32}));
  EXPECT_EQ(to_images(job.raw())[1].pixels, read_image(saved_.folder() / "out/seed-1.png").pixels);
}

TEST_F(JobTest, AnAnimationAndAPreviewOfItsWay) {
  config_.animation = (saved_.folder() / "a.webp").string();
  config_.preview = (saved_.folder() / "p.png").string();
  config_.preview_every = 1;
  run(config_);
  Drawer drawer(config_, DataConfig{}, torch::kCPU);
  const Plan plan(config_, Requests(config_), false);
  Job job(config_, drawer, plan, nullptr, nullptr);  // the pictures are there, but the way to them is not
  job.run(Cancellation(), true, [](const Picture&, const std::string&) {});
  const auto written = job.film()->write();
  EXPECT_EQ(written[1], saved_.folder() / "a-steps.png");
  EXPECT_EQ(read_file(written[0]).substr(8, 4), "WEBP");
  EXPECT_EQ(read_image(config_.preview).height, 34);  // two pictures of 32 pixels in their lines
}

TEST_F(JobTest, AnAnimationIsOfOneBatch) {
  config_.animation = "a.webp";
  config_.batch_size = 1;
  testing::expect_error<ConfigError>([&] { run(config_); }, {"a.webp", "2 pictures", "at most 1"});
  config_.animation = "a.avi";
  config_.batch_size = 16;
  testing::expect_error<ConfigError>([&] { run(config_); }, {"a.avi"});
}

TEST_F(JobTest, EveryPictureHasANearestGlyph) {
  config_.nearest = true;
  Drawer drawer(config_, DataConfig{}, torch::kCPU);
  const Plan plan(config_, Requests(config_), false);
  const Resemblances resemblances(DataConfig{}, 32);
  std::vector<std::string> entries[2];
  for (auto& told : entries) {  // drawn, then kept
    Job job(config_, drawer, plan, nullptr, &resemblances);
    job.run(Cancellation(), true, [&](const Picture&, const std::string& entry) { told.push_back(entry); });
    EXPECT_NE(told.at(0).find("\"nearest\":{\"character\":"), std::string::npos) << told[0];
  }
  EXPECT_EQ(entries[0], entries[1]);
}

TEST(SheetTest, ResemblancesAndRealGlyphsStandBesideThePictures) {
  const testing::TemporaryFolder folder;
  SampleConfig config;
  config.request.num_images = 2;
  config.grid = (folder / "g.png").string();
  const Plan plan(config, Requests(config), false);
  Sheet sheet(plan);
  Pictures pictures(plan);
  const GrayImage black{8, 8, std::vector<std::uint8_t>(64, 0)};
  while (const auto picture = pictures.next()) sheet.add(*picture, black, {black, "金 0.91"});
  sheet.add_real(0, {black, black, black});
  sheet.write();
  const GrayImage grid = read_image(folder / "g.png");
  EXPECT_GE(std::count(grid.pixels.begin(), grid.pixels.end(), 0), (2 + 2 + 3) * 64);
}

TEST(SheetTest, CellsWithoutAPictureStayWhite) {
  const testing::TemporaryFolder folder;
  SampleConfig config;
  config.request.num_images = 5;
  config.grid = (folder / "g.png").string();
  const Plan plan(config, Requests(config), false);
  Sheet sheet(plan);
  Pictures pictures(plan);
  while (const auto picture = pictures.next()) sheet.add(*picture, {8, 8, std::vector<std::uint8_t>(64, 0)});
  sheet.write();
  const GrayImage grid = read_image(folder / "g.png");
  const auto black = std::count(grid.pixels.begin(), grid.pixels.end(), 0);
  EXPECT_EQ(black, 5 * 64);  // in a grid of 3 x 2 cells
}

TEST(JobProgressTest, CountsStepsAndPictures) {
  ::testing::internal::CaptureStderr();
  {
    JobProgress progress({.pictures = 8, .steps = 4}, false);
    const StepResult none;
    progress.step({0, 2, none});
    progress.pictures(4);
  }
  const std::string line = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(line.find("0/8 pictures | step 1/2"), std::string::npos) << line;
  EXPECT_NE(line.find(" left"), std::string::npos) << line;
}

}  // namespace
}  // namespace glyffuser
