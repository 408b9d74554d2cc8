#include "glyffuser/sample/outputs.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

using testing::expect_error;

const GrayImage kPaper{.width = 8, .height = 8, .pixels = std::vector<std::uint8_t>(64, 255)};

class OutputsTest : public ::testing::Test {
 protected:
  OutputsTest() {
    config_.prompts = {"gold"};
    config_.request.num_images = 2;
    config_.out = folder_.path().string();
  }
  void check() const { check_outputs(config_, Plan(config_, Requests(config_), true)); }
  void expect_refused(const std::string& name) const {
    expect_error<ConfigError>([&] { check(); }, {name, "is there already", "--overwrite"});
  }
  std::string path(const char* name) const { return (folder_ / name).string(); }

  testing::TemporaryFolder folder_;
  SampleConfig config_;
};

TEST_F(OutputsTest, NewNamesAreFree) {
  config_.grid = path("g.png");
  config_.animation = path("a.webp");
  config_.raw = path("r.safetensors");
  config_.preview = path("p.png");
  check();
}

TEST_F(OutputsTest, AGridHasNoOutline) {
  config_.svg = true;
  check();
  config_.out = path("grid.png");
  expect_error<ConfigError>([&] { check(); }, {"grid.png", "a grid of 2 pictures", "--svg", "folder"});
  config_.request.num_images = 1;
  check();
}

TEST_F(OutputsTest, WhatIsThereStaysUnlessToldOtherwise) {
  for (const char* name : {"g.png", "a.webp", "b-steps.png", "r.safetensors", "p.png"})
    folder_.write(name, "precious");
  const SampleConfig plain = config_;
  const std::pair<std::string SampleConfig::*, const char*> outputs[] = {
      {&SampleConfig::grid, "g.png"},
      {&SampleConfig::animation, "a.webp"},
      {&SampleConfig::raw, "r.safetensors"},
      {&SampleConfig::preview, "p.png"}};
  for (const auto& [output, name] : outputs) {
    config_ = plain;
    config_.*output = path(name);
    expect_refused(name);
    config_.overwrite = true;
    check();
  }
  config_ = plain;
  config_.animation = path("b.webp");
  expect_refused("b-steps.png");
}

TEST_F(OutputsTest, PicturesOfGlyffusersAreDrawnAnew) {
  write_png(path("own.png"), kPaper, sheet_text());
  config_.preview = path("own.png");
  check();
  config_.preview.clear();
  config_.grid = path("own.png");
  check();
  write_png(path("own.png"), kPaper, {{"Software", "another program"}});
  expect_refused("own.png");
}

TEST_F(OutputsTest, EveryFileHasANameOfItsOwn) {
  config_.raw = config_.preview = path("x");
  expect_error<ConfigError>([&] { check(); }, {"x", "two files"});
  config_.preview.clear();
  config_.raw = path("./seed-1.png");
  expect_error<ConfigError>([&] { check(); }, {"seed-1.png", "of a picture"});
  config_.raw.clear();
  config_.animation = path("a.gif");
  config_.grid = path("a-steps.png");
  expect_error<ConfigError>([&] { check(); }, {"a-steps.png", "two files"});
}

TEST_F(OutputsTest, AFoldersGridIsTooIfGlyffuserMadeIt) {
  folder_.write("grid.png", "precious");
  expect_refused("grid.png");
  write_png(path("grid.png"), kPaper, sheet_text());
  check();
  write_png(path("grid.png"), kPaper, {{"glyffuser", "{}"}});  // a single picture
  expect_refused("grid.png");
}

TEST_F(OutputsTest, TheManifestsNameIsTaken) {
  config_.raw = path("manifest.jsonl");
  expect_error<ConfigError>([&] { check(); }, {"manifest.jsonl", "two files"});
}

TEST_F(OutputsTest, APictureIsAPngButAFolderHasAnyName) {
  config_.grid = path("g.jpg");
  expect_error<ConfigError>([&] { check(); }, {"g.jpg", "written as PNG"});
  config_.grid.clear();
  config_.out = path("x.jpg");
  expect_error<ConfigError>([&] { check(); }, {"x.jpg", "written as PNG"});
  std::filesystem::create_directory(path("x.jpg"));
  check();
}

}  // namespace
}  // namespace glyffuser
