#include "glyffuser/sample/given.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

TEST(GivenTest, NothingUnlessAsked) {
  const Given given = read_given({}, {}, 32);
  EXPECT_FALSE(given.image.image.defined());
  EXPECT_TRUE(given.settings.empty());
}

TEST(GivenTest, ACharacterAndItsLeftPart) {
  SampleConfig config;
  config.init = "林";
  const Given whole = read_given(config, {}, 32);
  EXPECT_EQ(whole.image.image.sizes(), (torch::IntArrayRef{1, 1, 32, 32}));
  EXPECT_LT(whole.image.image.min().item<float>(), -0.5);
  EXPECT_EQ(whole.image.strength, 0.8);
  config.keep = "left";
  config.keep_repeats = 3;
  const Given part = read_given(config, {}, 32);
  EXPECT_EQ(part.image.strength, 1);
  EXPECT_EQ(part.image.repeats, 3U);
  EXPECT_EQ(part.settings,
            (Settings{{"init", "林"}, {"strength", "1"}, {"keep", "left"}, {"keep_repeats", "3"}}));
}

TEST(GivenTest, AFileIsNamedByItsContent) {
  const testing::TemporaryFolder folder;
  SampleConfig config;
  config.init = (folder / "a.png").string();
  write_png(config.init, {8, 8, std::vector<std::uint8_t>(64, 0)});
  const Given given = read_given(config, {}, 32);
  EXPECT_EQ(given.settings[0].second.substr(0, 7), "sha256:");
}

// A file of that name is not what is meant, and has no part in the picture.
TEST(GivenTest, ACharacterOrAPartIsNoFile) {
  const testing::TemporaryFolder folder;
  folder.write("林", "a");
  folder.write("left", "b");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  SampleConfig config;
  config.init = "林";
  config.keep = "left";
  const Given given = read_given(config, {}, 32);
  std::filesystem::current_path(before);
  EXPECT_EQ(given.settings, (Settings{{"init", "林"}, {"strength", "1"}, {"keep", "left"}}));
}

TEST(GivenTest, ACharacterOfAnotherFontIsAnotherPicture) {
  SampleConfig config;
  config.init = "林";
  DataConfig large, small;
  large.font_size = 110;
  small.font_size = 60;
  const auto settings = [&](const DataConfig& data) { return read_given(config, data, 32).settings; };
  EXPECT_EQ(settings(large).back().first, "init_glyph");
  EXPECT_NE(settings(large).back(), settings(small).back());
}

TEST(GivenTest, PartsWithoutAPicture) {
  SampleConfig config;
  config.keep = "left";
  testing::expect_error<ConfigError>([&] { read_given(config, {}, 32); }, {"keep", "--init"});
  config.keep = "";
  config.strength = 0.5;
  testing::expect_error<ConfigError>([&] { read_given(config, {}, 32); }, {"strength", "--init"});
  config.strength.reset();
  config.keep_repeats = 3;
  testing::expect_error<ConfigError>([&] { read_given(config, {}, 32); }, {"keep_repeats", "--keep"});
  config.keep_repeats = 1;
  config.init = "nowhere.png";
  testing::expect_error<ConfigError>([&] { read_given(config, {}, 32); }, {"nowhere.png"});
}

TEST(GivenTest, AnotherFaceOfTheFontIsAnotherCharacter) {
  SampleConfig config;
  config.init = "林";
  DataConfig data;
  data.font_index = 0;
  const Given given = read_given(config, data, 32);
  ASSERT_EQ(given.settings.size(), 3U);
  EXPECT_EQ(given.settings[2].first, "init_glyph");
}

}  // namespace
}  // namespace glyffuser
