#include "glyffuser/core/version.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glyffuser {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(VersionTest, SaysWhatTheBinaryWasBuiltFrom) {
  EXPECT_THAT(version().version, MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_THAT(version().revision, MatchesRegex("unknown|[0-9a-f]+(-dirty)?"));
  EXPECT_THAT(version().compiler, MatchesRegex("(GNU|Clang) [0-9.]+"));
  EXPECT_FALSE(version().build_type.empty());
}

TEST(VersionTest, LineHoldsEveryPart) {
  EXPECT_THAT(version_line(), HasSubstr("glyffuser " + version().version + " (" + version().revision));
  EXPECT_THAT(version_line(), HasSubstr(version().compiler));
  EXPECT_THAT(version_line(), HasSubstr(version().torch));
}

}  // namespace glyffuser
