#include "glyffuser/model/model_info.hpp"

#include <gtest/gtest.h>

#include "glyffuser/core/text.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
using testing::expect_error;

TEST(ModelInfoTest, RoundTrip) {
  const testing::TemporaryFolder folder;
  const ModelInfo info{
      .patch_size = 8, .image_size = 128, .steps = 10, .samples = 640, .encoder_sha256 = "ab"};
  const ModelInfo read = read_model_info(folder.write("glyffuser.json", model_info_json(info)));
  EXPECT_EQ(read.patch_size, 8);
  EXPECT_EQ(read.image_size, 128);
  EXPECT_EQ(read.pixel_low, -1);
  EXPECT_EQ(read.samples, 640);
  EXPECT_EQ(read.encoder_sha256, "ab");
  ModelInfo without_text;
  without_text.conditional = false;
  EXPECT_EQ(model_info_json(without_text).find("encoder_sha256"), std::string::npos);
}

TEST(ModelInfoTest, APlainDiffusersFolderNeedsNone) {
  EXPECT_EQ(read_model_info("/nonexistent/glyffuser.json").patch_size, 1);
}

TEST(ModelInfoTest, ThePixelRangeCanBeSaidFromOutside) {
  ModelInfo info;
  override_pixel_range(info, {});
  EXPECT_EQ(info.pixel_low, -1);
  override_pixel_range(info, {0, 1});
  EXPECT_EQ(info.pixel_low, 0);
  EXPECT_EQ(info.pixel_high, 1);
  for (const auto& range : std::vector<std::vector<std::int64_t>>{{1, 0}, {0}, {0, 1, 2}})
    expect_error<ConfigError>([&] { override_pixel_range(info, range); },
                              {"sample.pixel_range", "[black, white]"});
}

TEST(ModelInfoTest, DamageIsNamed) {
  const testing::TemporaryFolder folder;
  const auto read = [&](const std::string& text) { read_model_info(folder.write("glyffuser.json", text)); };
  expect_error<FileError>([&] { read("{"); }, {"glyffuser.json"});
  expect_error<FileError>([&] { read("{}"); }, {"format_version"});
  expect_error<FileError>([&] { read("{\"format_version\": 9}"); }, {"format version 9"});
  expect_error<FileError>([&] { read("{\"format_version\": 1, \"patch_size\": 0}"); },
                          {"patch_size", "at least 1 and at most 64"});
  for (const char* value : {"65", "4.9", "true", "\"8\""})
    expect_error<FileError>([&] { read(cat("{\"format_version\": 1, \"patch_size\": ", value, "}")); },
                            {"patch_size", "a whole number"});
  for (const char* version : {"true", "1e300", "0"})
    expect_error<FileError>([&] { read(cat("{\"format_version\": ", version, "}")); }, {"format_version"});
  expect_error<FileError>([&] { read(R"({"format_version": 1, "training": {"steps": -6700}})"); },
                          {"training.steps", "at least 0"});
  expect_error<FileError>([&] { read(R"({"format_version": 1, "patch_size": 1, "patch_size": 2})"); },
                          {"`patch_size`", "twice"});
  for (const char* size : {"-1", "4097"})
    expect_error<FileError>([&] { read(cat("{\"format_version\": 1, \"image_size\": ", size, "}")); },
                            {"image_size", "at most 4096"});
  expect_error<FileError>([&] { read("{\"format_version\": 1, \"patch_size\": \"x\"}"); },
                          {"glyffuser.json"});
  expect_error<FileError>([&] { read("{\"format_version\": 1, \"pixel_range\": [1, 0]}"); }, {"pixel_range"});
}

}  // namespace glyffuser
