#include "glyffuser/sample/picture_files.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "glyffuser/core/files.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/program.hpp"
#include "tests/sample/saved_model.hpp"
#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

class PictureFilesTest : public ::testing::Test {
 protected:
  PictureFilesTest() {
    picture_.file = saved_.folder() / "out/a.png";
    picture_.steps = 2;
    picture_.seed = 7;
  }

  nlohmann::json written(bool is_there = false) {
    return nlohmann::json::parse(files_.write({{&picture_, &image_, std::nullopt, is_there}}).at(0));
  }

  testing::SavedModel saved_;
  SampleConfig config_ = saved_.config();
  Drawer drawer_{config_, DataConfig{}, torch::kCPU};
  Manifest manifest_{saved_.folder() / "out/manifest.jsonl", Manifest::Repeats::possible};
  PictureFiles files_{config_, drawer_, &manifest_};
  GrayImage image_{32, 32, std::vector<std::uint8_t>(32 * 32, 9)};
  Picture picture_;
};

TEST_F(PictureFilesTest, WhatIsWrittenIsThereAndRecorded) {
  EXPECT_FALSE(files_.has(picture_));
  const auto entry = written();
  EXPECT_EQ(entry["file"], picture_.file.string());
  EXPECT_EQ(entry["seed"], 7);
  EXPECT_EQ(entry["sha256"], sha256_file(picture_.file));
  EXPECT_TRUE(files_.has(picture_));
  EXPECT_EQ(read_image(picture_.file).pixels, image_.pixels);
  EXPECT_EQ(written(/*is_there=*/true), entry);
  auto line = nlohmann::json::parse(read_file(manifest_.file()));  // one line: kept is not listed again
  EXPECT_EQ(line["file"], "a.png");
  EXPECT_EQ(line["sha256"], entry["sha256"]);
}

TEST_F(PictureFilesTest, AnotherPictureIsNotOverwritten) {
  written();
  picture_.seed = 8;
  testing::expect_error<ConfigError>([&] { files_.has(picture_); },
                                     {"a.png", "another picture", "--overwrite"});
  config_.overwrite = true;
  EXPECT_FALSE(files_.has(picture_));
}

TEST_F(PictureFilesTest, OneThatIsCutShortMayBeDrawnAnew) {
  written();
  std::filesystem::resize_file(picture_.file, 40);
  testing::expect_error<FileError>([&] { files_.has(picture_); }, {"a.png", "--overwrite"});
}

TEST_F(PictureFilesTest, FloatResultsAreDrawnAgain) {
  written();
  config_.raw = "raw.safetensors";
  EXPECT_FALSE(files_.has(picture_));
}

TEST_F(PictureFilesTest, AnOutlineThatIsThereIsKept) {
  written();
  const auto outline = saved_.folder() / "out/a.svg";
  write_file_atomically(outline, "edited");
  config_.svg = true;
  written(/*is_there=*/false);  // drawn again, as for float results
  EXPECT_EQ(read_file(outline), "edited");
}

TEST_F(PictureFilesTest, AnOutlineIsReplacedWhereAllIs) {
  if (!is_on_path("potrace")) GTEST_SKIP() << "potrace is not installed";
  const auto outline = saved_.folder() / "out/a.svg";
  write_file_atomically(outline, "edited");
  config_.svg = config_.overwrite = true;
  written();
  EXPECT_NE(read_file(outline).find("<svg"), std::string::npos);
}

TEST_F(PictureFilesTest, AFolderMayHaveAnyName) {
  picture_.file = saved_.folder() / "out/\xe9/a.png";
  EXPECT_NE(written()["file"].get<std::string>().find("\uFFFD/a.png"), std::string::npos);
  EXPECT_TRUE(files_.has(picture_));
}

}  // namespace
}  // namespace glyffuser
