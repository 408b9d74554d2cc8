#include "glyffuser/diffusion/timesteps.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "glyffuser/core/error.hpp"

namespace glyffuser {
namespace {

using ::testing::ElementsAre;
using List = std::vector<std::int64_t>;

TEST(TimestepsTest, SpacingsOfTenAndSevenSteps) {
  EXPECT_THAT(spaced_timesteps("leading", 1000, 10),
              ElementsAre(900, 800, 700, 600, 500, 400, 300, 200, 100, 0));
  EXPECT_THAT(spaced_timesteps("trailing", 1000, 10),
              ElementsAre(999, 899, 799, 699, 599, 499, 399, 299, 199, 99));
  EXPECT_THAT(spaced_timesteps("linspace", 1000, 10),
              ElementsAre(999, 888, 777, 666, 555, 444, 333, 222, 111, 0));
  EXPECT_THAT(spaced_timesteps("trailing", 1000, 7), ElementsAre(999, 856, 713, 570, 428, 285, 142));
}

TEST(TimestepsTest, HalvesAreRoundedToEven) {
  // 166.5 and 499.5 and 832.5: away from zero would be 167, 500, 833.
  EXPECT_THAT(spaced_timesteps("linspace", 1000, 7), ElementsAre(999, 832, 666, 500, 333, 166, 0));
  EXPECT_EQ(spaced_timesteps("trailing", 1000, 16)[1], 937);  // 937.5 gives 938, less 1
  EXPECT_EQ(spaced_timesteps("trailing", 1000, 16)[3], 811);  // 812.5 gives 812, less 1
}

TEST(TimestepsTest, AnOffsetMovesLeadingTimesteps) {
  EXPECT_THAT(spaced_timesteps("leading", 1000, 5, 1), ElementsAre(801, 601, 401, 201, 1));
  EXPECT_THROW(spaced_timesteps("leading", 1000, 1000, 1), ConfigError);
}

TEST(TimestepsTest, EveryStepCountGivesAValidList) {
  for (std::int64_t total : {1, 2, 7, 250, 1000}) {
    for (const char* spacing : {"leading", "linspace", "trailing"}) {
      for (std::int64_t steps = 1; steps <= total; ++steps) {
        const List list = spaced_timesteps(spacing, total, steps);
        ASSERT_EQ(list.size(), static_cast<std::size_t>(steps)) << spacing;
        ASSERT_NO_THROW(check_timesteps(list, total)) << spacing;
      }
    }
  }
}

TEST(TimestepsTest, EqualDiffusersWhereverItsListsAreValid) {
  std::ifstream file(GLYFFUSER_SOURCE_DIR "/tests/fixtures/diffusion/tables.json");
  for (const auto& expected : nlohmann::json::parse(file)["timesteps"]) {
    const std::int64_t total = expected["total"];
    const std::string spacing = expected["spacing"];
    std::int64_t valid = 0;
    std::int64_t checksum = 0;
    for (std::int64_t steps = 1; steps <= total; ++steps) {
      // numpy.arange(T, 0, -T/steps) has one entry too many for these.
      const double stride = static_cast<double>(total) / static_cast<double>(steps);
      if (spacing == "trailing" &&
          std::ceil(static_cast<double>(total) / stride) > static_cast<double>(steps))
        continue;
      ++valid;
      std::int64_t place = 0;
      for (std::int64_t t : spaced_timesteps(spacing, total, steps)) checksum += steps * ++place * t;
    }
    EXPECT_EQ(valid, expected["valid"]) << spacing << " of " << total;
    EXPECT_EQ(checksum, expected["checksum"]) << spacing << " of " << total;
  }
}

TEST(TimestepsTest, MultistepSolversLeaveRoomForTheEnd) {
  EXPECT_THAT(solver_timesteps("linspace", 1000, 10),
              ElementsAre(999, 899, 799, 699, 599, 500, 400, 300, 200, 100));
  EXPECT_THAT(solver_timesteps("leading", 1000, 4), ElementsAre(800, 600, 400, 200));
  EXPECT_THAT(solver_timesteps("leading", 1000, 4, 1), ElementsAre(801, 601, 401, 201));
  EXPECT_EQ(solver_timesteps("trailing", 1000, 10), spaced_timesteps("trailing", 1000, 10));
  for (std::int64_t total : {1, 2, 7, 250, 1000}) {
    for (const char* spacing : {"leading", "linspace", "trailing"}) {
      for (std::int64_t steps = 1; steps <= total; ++steps) {
        const List list = solver_timesteps(spacing, total, steps);
        ASSERT_EQ(list.size(), static_cast<std::size_t>(steps)) << spacing;
        ASSERT_NO_THROW(check_timesteps(list, total)) << spacing;
      }
    }
  }
}

TEST(TimestepsTest, FractionalOnesAreSpacedEvenly) {
  EXPECT_THAT(fractional_timesteps("linspace", 1000, 5), ElementsAre(999, 749.25, 499.5, 249.75, 0));
  EXPECT_THAT(fractional_timesteps("linspace", 1000, 1), ElementsAre(0));
  EXPECT_THAT(fractional_timesteps("trailing", 1000, 3), ElementsAre(999, 666, 332));
  EXPECT_THAT(fractional_timesteps("leading", 1000, 3, 1), ElementsAre(667, 334, 1));
}

TEST(TimestepsTest, RejectsWhatCannotBe) {
  EXPECT_THROW(solver_timesteps("linspace", 1000, 0), ConfigError);
  EXPECT_THROW(solver_timesteps("linspace", 1000, 1001), ConfigError);
  for (const std::int64_t steps : {0, 1001})  // also where the noisiest time steps are left out
    EXPECT_THROW(solver_timesteps("trailing", 1000, steps, 0, 500), ConfigError);
  EXPECT_THROW(fractional_timesteps("linspace", 1000, 1001), ConfigError);
  EXPECT_THROW(check_timesteps(std::vector<double>{999.5, 0}, 1000), ConfigError);
  EXPECT_NO_THROW(check_timesteps(std::vector<double>{998.5, 0.25}, 1000));
  EXPECT_THROW(spaced_timesteps("trailing", 1000, 0), ConfigError);
  EXPECT_THROW(spaced_timesteps("trailing", 1000, 1001), ConfigError);
  EXPECT_THROW(spaced_timesteps("karras", 1000, 10), ConfigError);
  EXPECT_THROW(check_timesteps(List{}, 1000), ConfigError);
  EXPECT_THROW(check_timesteps(List{5, 5}, 1000), ConfigError);
  EXPECT_THROW(check_timesteps(List{5, 6}, 1000), ConfigError);
  EXPECT_THROW(check_timesteps(List{1000, 0}, 1000), ConfigError);
  EXPECT_THROW(check_timesteps(List{5, -1}, 1000), ConfigError);
  EXPECT_NO_THROW(check_timesteps(List{999, 87, 0}, 1000));
}

}  // namespace
}  // namespace glyffuser
