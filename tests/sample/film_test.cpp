#include "glyffuser/sample/film.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_model.hpp"

namespace glyffuser {
namespace {

TEST(FilmTest, EachPromptHasItsOwnRow) {
  const testing::TemporaryFolder folder;
  SampleConfig config;
  config.prompts_file = folder.write("p.csv", "prompt,num_images\ngold,2\nwater,3\n").string();
  const Plan plan(config, Requests(config), true);
  std::vector<GrayImage> pictures;
  for (int gray = 0; gray < 5; ++gray) pictures.push_back({1, 1, {static_cast<std::uint8_t>(gray)}});
  std::vector<int> grays;
  for (const GrayImage& cell : in_cells(plan, pictures))
    grays.push_back(cell.pixels.empty() ? -1 : cell.pixels[0]);
  EXPECT_EQ(grays, (std::vector<int>{0, 1, -1, 2, 3, 4}));
}

TEST(FilmTest, AnAnimationIsOfOneKind) {
  const testing::TemporaryFolder folder;
  SampleConfig config;
  const auto film_of = [&](const char* lines) {
    config.prompts_file = folder.write("p.csv", lines).string();
    const Plan plan(config, Requests(config), true);
    Film(folder / "a.webp", testing::tiny_model(), plan, 16);
  };
  config.request.num_images = 2;
  film_of("prompt,guidance_scale\ngold,3\nwater,3\n");
  for (const char* lines : {"prompt,guidance_scale\ngold,3\nwater,5\n", "prompt,steps\ngold,3\nwater,5\n"})
    testing::expect_error<ConfigError>([&] { film_of(lines); }, {"a.webp", "4 pictures in 2 kinds"});
}

TEST(FilmTest, AFrameThatIsTooLargeIsSaidBeforeDrawing) {
  const testing::TemporaryFolder folder;
  SampleConfig config;
  std::string lines = "prompt\n";
  for (int i = 0; i < 600; ++i) lines += "p" + std::to_string(i) + "\n";
  config.prompts_file = folder.write("p.csv", lines).string();
  config.request.num_images = 1;
  const Plan plan(config, Requests(config), true);
  testing::expect_error<ConfigError>([&] { Film(folder / "a.webp", testing::tiny_model(), plan, 600); },
                                     {"a.webp", "16383"});
}

}  // namespace
}  // namespace glyffuser
