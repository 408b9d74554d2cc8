#include "glyffuser/config/checks.hpp"

#include <gtest/gtest.h>

#include "glyffuser/core/error.hpp"
#include "tests/support/expect_error.hpp"

namespace glyffuser::config {
namespace {

TEST(ChecksTest, WhatHoldsPasses) {
  EXPECT_NO_THROW(require(true, "never said"));
  EXPECT_NO_THROW(require_choice("solver_type", "heun", {"midpoint", "heun"}));
}

TEST(ChecksTest, WhatDoesNotHoldIsSaid) {
  glyffuser::testing::expect_error<ConfigError>([] { require(false, "both are true"); }, {"both are true"});
  glyffuser::testing::expect_error<ConfigError>(
      [] {
        require_choice("solver_type", "euler", {"midpoint", "heun"});
      },
      {"solver_type is euler, expected one of: midpoint, heun"});
}

}  // namespace
}  // namespace glyffuser::config
