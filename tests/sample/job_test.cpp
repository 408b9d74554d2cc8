#include "glyffuser/sample/job.hpp"

#include <gtest/gtest.h>

#include <map>

#include "glyffuser/core/files.hpp"
#include "tests/sample/saved_model.hpp"

namespace glyffuser {
namespace {

class JobTest : public ::testing::Test {
 protected:
  /// The files that a job told of, with their bytes.
  std::map<std::string, std::string> run(const SampleConfig& config) {
    Drawer drawer(config, torch::kCPU);
    const Plan plan(config, Requests(config), false);
    Job job(config, drawer, plan, nullptr);
    std::map<std::string, std::string> files;
    job.run(Cancellation(), true, [&](const Picture& picture, const std::string&) {
      files[picture.file.filename()] = read_file(picture.file);
    });
    if (job.sheet().wanted()) job.sheet().write();
    return files;
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
  Drawer drawer(config_, torch::kCPU);
  const Plan plan(config_, Requests(config_), false);
  Job job(config_, drawer, plan, nullptr);
  job.run(Cancellation(), true, [](const Picture&, const std::string&) {});
  EXPECT_EQ(job.raw().sizes(), (torch::IntArrayRef{2, 1, 32, 32}));
  EXPECT_EQ(to_images(job.raw())[1].pixels, read_image(saved_.folder() / "out/seed-1.png").pixels);
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
