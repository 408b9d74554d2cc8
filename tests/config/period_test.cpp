#include "glyffuser/config/period.hpp"

#include <gtest/gtest.h>

#include "glyffuser/config/dump.hpp"
#include "glyffuser/config/reader.hpp"
#include "tests/support/expect_error.hpp"

namespace glyffuser {

TEST(PeriodTest, StepsAndEpochs) {
  EXPECT_EQ(parse_period("500")->steps(7.5), 500);
  EXPECT_EQ(parse_period("1_000")->steps(7.5), 1000);
  EXPECT_EQ(parse_period("5e")->steps(7.5), 38);
  EXPECT_EQ(parse_period("0.5e")->steps(100), 50);
  EXPECT_EQ(parse_period("0.001e")->steps(100), 1);  // never less than one step
  EXPECT_EQ(Period(20).steps(0.1), 20);
}

TEST(PeriodTest, NoneIsNever) {
  for (const char* text : {"0", "0e", "0.0e"}) {
    EXPECT_TRUE(parse_period(text)->never()) << text;
    EXPECT_EQ(parse_period(text)->steps(100), 0) << text;
  }
}

TEST(PeriodTest, AnythingElseIsNoPeriod) {
  for (const char* text :
       {"", "e", "-1", "-1e", "-0", "1.5", "5 e", "5E", "1e3", "1e3e", "nan", "infe", "0x10", "5ep"})
    EXPECT_FALSE(parse_period(text)) << text;
}

TEST(PeriodTest, ItsTextReadsBack) {
  for (const char* text :
       {"0", "500", "5e", "0.5e", "0.1e", "0.0005e", "100000e", "1000000000e", "1000000000"})
    EXPECT_EQ(to_text(*parse_period(text)), text);
}

struct Logging {
  Period log = 20;
  Period draw = 0;
};

void describe(config::Fields& fields, Logging& logging) {
  fields.field("log", logging.log, config::Never::refused);
  fields.field("draw", logging.draw, config::Never::allowed);
}

Logging read(const std::string& yaml) {
  Logging logging;
  config::read(config::parse_text(yaml, "c.yaml"), logging);
  return logging;
}

TEST(PeriodTest, AsAConfigurationsValue) {
  const Logging logging = read("log: 0.5e\ndraw: 5e");
  EXPECT_EQ(logging.log, Period(0.5, true));
  EXPECT_EQ(config::dump(logging), "log: 0.5e\ndraw: 5e\n");
  EXPECT_EQ(read("log: \"0.5e\"").log, logging.log);
  EXPECT_EQ(read(config::dump(logging)).draw, logging.draw);
  EXPECT_EQ(config::dump(read("draw: 0")), "log: 20\ndraw: 0\n");
}

TEST(PeriodTest, ErrorsSayWhatIsExpected) {
  using testing::expect_error;
  expect_error<ConfigError>([] { read("log: 0"); },
                            {"c.yaml:1", "`log` is `0`", "steps such as 500", "epochs such as 5e or 0.5e"});
  expect_error<ConfigError>([] { read("draw: often"); }, {"`draw` is `often`", "or 0 for never"});
  expect_error<ConfigError>([] { read("draw: [1]"); }, {"`draw` is a list"});
}

}  // namespace glyffuser
