#include "glyffuser/sample/seeds.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

std::vector<std::uint64_t> all(const SeedList& seeds) {
  std::vector<std::uint64_t> list;
  for (std::uint64_t k = 0; k < seeds.size(); ++k) list.push_back(seeds[k]);
  return list;
}

TEST(SeedsTest, AListOrACount) {
  EXPECT_EQ(all(SeedList(5, 3)), (std::vector<std::uint64_t>{5, 6, 7}));
  EXPECT_EQ(all(SeedList("0-2, 70")), (std::vector<std::uint64_t>{0, 1, 2, 70}));
  EXPECT_EQ(all(SeedList("9,3-4,9,1-3")), (std::vector<std::uint64_t>{9, 3, 4, 9, 1, 2, 3}));
  EXPECT_THROW(SeedList(5, 3)[3], std::out_of_range);
  EXPECT_EQ(SeedList("5-999999")[999'000], 999'005U);
  EXPECT_EQ(SeedList("0-999999999").size(), 1'000'000'000U);
}

TEST(SeedsTest, WhatIsNoListIsRefused) {
  for (const char* text : {"a", "1-", "-1", "3-1", "1,,2", "0-1000000000", "1.5", ""})
    testing::expect_error<ConfigError>([&] { SeedList{std::string(text)}; }, {text, "0-63,70"});
}

}  // namespace
}  // namespace glyffuser
