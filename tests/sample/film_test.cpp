#include "glyffuser/sample/film.hpp"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

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

}  // namespace
}  // namespace glyffuser
