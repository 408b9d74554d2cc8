#include "glyffuser/umap/stages.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace glyffuser {
namespace {

TEST(StagesTest, EachGivesItsResultAndItsTime) {
  const Cancellation cancelled;
  Stages stages(cancelled, /*quiet=*/true);
  EXPECT_EQ(stages.run("first",
                       [](const ShareSink& share) {
                         share(0.5);
                         return 3;
                       }),
            3);
  EXPECT_EQ(stages.run("second", [](const ShareSink&) { return std::string("x"); }), "x");
  ASSERT_EQ(stages.seconds().size(), 2U);
  EXPECT_EQ(stages.seconds()[1].first, "second");
  EXPECT_GE(stages.seconds()[0].second, 0);
}

TEST(StagesTest, ASignalStopsTheStageItMeets) {
  const Cancellation cancelled;
  Stages stages(cancelled, /*quiet=*/true);
  bool reached = false;
  EXPECT_THROW(stages.run("long",
                          [&](const ShareSink& share) {
                            std::raise(SIGINT);
                            share(0.1);
                            reached = true;
                            return 0;
                          }),
               Stopped);
  EXPECT_FALSE(reached);
  EXPECT_EQ(cancelled.exit_code(), 130);
}

TEST(StagesTest, ASignalIsHeardAtAStagesEndToo) {
  const Cancellation cancelled;
  Stages stages(cancelled, /*quiet=*/true);
  EXPECT_THROW(stages.run("last", [](const ShareSink&) { return std::raise(SIGINT); }), Stopped);
}

}  // namespace
}  // namespace glyffuser
