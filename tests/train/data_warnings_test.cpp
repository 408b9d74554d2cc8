#include "glyffuser/train/data_warnings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "glyffuser/core/text.hpp"
#include "tests/encoder/tiny_text_encoder.hpp"

namespace glyffuser {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Three pictures with a stroke each.
torch::Tensor three_strokes() {
  const torch::Tensor ink = torch::zeros({3, 16, 16}, torch::kUInt8);
  ink.slice(1, 6, 9).fill_(255);
  return ink;
}

GlyphSet glyphs_of(const torch::Tensor& ink) {
  return {{pack_pictures(ink), {U'一', U'二', U'三'}, {"one", "a mental illness", "three"}, {}},
          {false, false, false}};
}

TEST(DataWarningsTest, OrdinaryDataGivesNone) {
  const testing::TinyTextEncoder folder;
  const TextEncoder encoder({.path = folder.path(), .max_length = 16, .batch_size = 2});
  EXPECT_THAT(data_warnings(glyphs_of(three_strokes()), &encoder), IsEmpty());
}

TEST(DataWarningsTest, BlankAndInvertedPicturesAreCounted) {
  const torch::Tensor ink = three_strokes();
  ink[0].zero_();
  ink.slice(0, 1, 3).copy_(255 - ink.slice(0, 1, 3));
  EXPECT_THAT(
      data_warnings(glyphs_of(ink), nullptr),
      ElementsAre(AllOf(HasSubstr("nothing to see"), HasSubstr("1 of 3 pictures"), HasSubstr("\"one\"")),
                  AllOf(HasSubstr("dark"), HasSubstr("2 of 3 pictures"), HasSubstr("mental illness"))));
}

// Its white edges were added to make a square.
TEST(DataWarningsTest, APictureThatWasNoSquareMayBeDarkToo) {
  for (const int dimension : {0, 1}) {
    const torch::Tensor ink = three_strokes();
    ink[1].fill_(255);
    ink[1].slice(dimension, 0, 3).zero_();
    ink[1].slice(dimension, 13, 16).zero_();
    EXPECT_THAT(data_warnings(glyphs_of(ink), nullptr), ElementsAre(HasSubstr("1 of 3 pictures")));
  }
}

TEST(DataWarningsTest, OfManyPicturesTheFirstOddOneIsNamed) {
  constexpr int kCount = 600;  // more than are looked at at once
  const torch::Tensor ink = torch::zeros({kCount, 8, 8}, torch::kUInt8);
  ink.slice(1, 3, 5).fill_(255);
  ink.slice(0, 590, 592).zero_();
  GlyphRecords records;
  records.ink = pack_pictures(ink);
  records.code_points.assign(kCount, 0);
  for (int i = 0; i < kCount; ++i) records.captions.push_back(cat("caption ", i));
  EXPECT_THAT(data_warnings({std::move(records), std::vector<bool>(kCount, false)}, nullptr),
              ElementsAre(AllOf(HasSubstr("2 of 600 pictures"), HasSubstr("\"caption 590\""))));
}

TEST(DataWarningsTest, CutCaptionsAreToldInOneLine) {
  const testing::TinyTextEncoder folder;
  const TextEncoder encoder({.path = folder.path(), .max_length = 3, .batch_size = 2});
  EXPECT_THAT(data_warnings(glyphs_of(three_strokes()), &encoder),
              ElementsAre(AllOf(HasSubstr("1 of 3 captions"), HasSubstr("the 3 tokens"),
                                HasSubstr("has 5 and"), HasSubstr("loses \"mental illness\""))));
  const TextEncoder shorter({.path = folder.path(), .max_length = 1, .batch_size = 2});
  EXPECT_THAT(data_warnings(glyphs_of(three_strokes()), &shorter),
              ElementsAre(AllOf(HasSubstr("3 of 3 captions"), HasSubstr("the longest has 5 and"))));
}

}  // namespace
}  // namespace glyffuser
