#include "glyffuser/train/data_warnings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/encoder/tiny_text_encoder.hpp"

namespace glyffuser {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Three pictures with a stroke each.
GlyphRecords three_pictures() {
  GlyphRecords records;
  records.ink = torch::zeros({3, 16, 16}, torch::kUInt8);
  records.ink.slice(1, 6, 9).fill_(255);
  records.code_points = {U'一', U'二', U'三'};
  records.captions = {"one", "a mental illness", "three"};
  return records;
}

GlyphSet glyphs_of(GlyphRecords records) {
  return {std::move(records), {false, false, false}};
}

TEST(DataWarningsTest, OrdinaryDataGivesNone) {
  const testing::TinyTextEncoder folder;
  const TextEncoder encoder({.path = folder.path(), .max_length = 16, .batch_size = 2});
  EXPECT_THAT(data_warnings(glyphs_of(three_pictures()), &encoder), IsEmpty());
}

TEST(DataWarningsTest, BlankAndInvertedPicturesAreCounted) {
  GlyphRecords records = three_pictures();
  records.ink[0].zero_();
  records.ink.slice(0, 1, 3) = 255 - records.ink.slice(0, 1, 3);
  EXPECT_THAT(
      data_warnings(glyphs_of(std::move(records)), nullptr),
      ElementsAre(AllOf(HasSubstr("nothing to see"), HasSubstr("1 of 3 pictures"), HasSubstr("\"one\"")),
                  AllOf(HasSubstr("dark"), HasSubstr("2 of 3 pictures"), HasSubstr("mental illness"))));
}

TEST(DataWarningsTest, CutCaptionsAreToldInOneLine) {
  const testing::TinyTextEncoder folder;
  const TextEncoder encoder({.path = folder.path(), .max_length = 3, .batch_size = 2});
  EXPECT_THAT(data_warnings(glyphs_of(three_pictures()), &encoder),
              ElementsAre(AllOf(HasSubstr("1 of 3 captions"), HasSubstr("the 3 tokens"),
                                HasSubstr("has 5 and"), HasSubstr("loses \"mental illness\""))));
}

}  // namespace
}  // namespace glyffuser
