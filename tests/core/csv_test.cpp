#include "glyffuser/core/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glyffuser {
using ::testing::ElementsAre;

TEST(CsvTest, FieldsAreQuotedWhereTheyMustBe) {
  EXPECT_EQ(csv_field("to speak"), "to speak");
  EXPECT_EQ(csv_field("gold, \"metal\""), "\"gold, \"\"metal\"\"\"");
  EXPECT_EQ(csv_field("a\nb"), "\"a\nb\"");
  EXPECT_EQ(csv_field("a\rb"), "\"a\rb\"");
}

TEST(CsvTest, RecordsWithTheirLines) {
  CsvReader reader("prompt,seed\r\n\r\ngold,1\n\"a, \"\"b\"\"\nc\",\n,2");
  EXPECT_THAT(*reader.next(), ElementsAre("prompt", "seed"));
  EXPECT_THAT(*reader.next(), ElementsAre("gold", "1"));
  EXPECT_EQ(reader.line(), 3U);
  EXPECT_THAT(*reader.next(), ElementsAre("a, \"b\"\nc", ""));
  EXPECT_EQ(reader.line(), 4U);
  EXPECT_THAT(*reader.next(), ElementsAre("", "2"));
  EXPECT_EQ(reader.line(), 6U);
  EXPECT_FALSE(reader.next());
}

TEST(CsvTest, WhatItsWriterWroteItReads) {
  for (const char* text : {"plain", "", "a,b", "\"", "line\r\nbreak", "金, 釒"}) {
    const std::string line = csv_field(text) + "," + csv_field("x");
    CsvReader reader(line);
    EXPECT_THAT(*reader.next(), ElementsAre(text, "x"));
    EXPECT_FALSE(reader.next());
  }
}

TEST(CsvTest, AQuotedFieldMayEndALineOfWindows) {
  CsvReader reader("prompt,seeds\r\ngold,\"1,3\"\r\n");
  reader.next();
  EXPECT_THAT(*reader.next(), ElementsAre("gold", "1,3"));
  EXPECT_FALSE(reader.next());
}

TEST(CsvTest, AnOffsetIsWhereARecordBegins) {
  const std::string text = "a,b\n\"c\",d\ne,f";
  CsvReader reader(text);
  reader.next();
  const std::size_t second = reader.offset();
  CsvReader from_there(std::string_view(text).substr(second));
  EXPECT_THAT(*from_there.next(), ElementsAre("c", "d"));
}

TEST(CsvTest, QuotesThatDoNotFit) {
  CsvReader open("\"gold");
  EXPECT_THROW(open.next(), std::invalid_argument);
  CsvReader trailing("\"gold\" x,1");
  EXPECT_THROW(trailing.next(), std::invalid_argument);
}

}  // namespace glyffuser
