#include "glyffuser/data/packed_pictures.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace glyffuser {
namespace {

constexpr std::int64_t kSide = 8;
using Pixels = std::vector<std::uint8_t>;

/// Picture i has i white rows, then a ramp.
void fill(std::size_t picture, std::span<std::uint8_t> pixels) {
  for (std::size_t i = 0; i < pixels.size(); ++i)
    pixels[i] = i / kSide < picture % kSide ? 0 : static_cast<std::uint8_t>(i + picture);
}

PackedPictures some(std::size_t count, std::size_t threads) {
  return PackedPictures::drawn(
      count, kSide, threads,
      [](std::size_t, std::size_t picture, std::span<std::uint8_t> pixels) { fill(picture, pixels); });
}

TEST(PackedPicturesTest, EveryPictureComesBack) {
  const PackedPictures pictures = some(300, 3);  // more than a thread takes at once
  ASSERT_EQ(pictures.size(), 300U);
  EXPECT_EQ(pictures.side(), kSide);
  Pixels expected(kSide * kSide), actual(kSide * kSide);
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    fill(i, expected);
    pictures.unpack(i, actual);
    EXPECT_EQ(actual, expected) << i;
  }
  EXPECT_EQ(pictures.packed(), some(300, 1).packed());
  Pixels wrong(kSide * kSide - 1);
  EXPECT_THROW(pictures.unpack(0, wrong), std::logic_error);
}

TEST(PackedPicturesTest, TakesOverBytesThatArePictures) {
  const PackedPictures pictures = some(3, 1);
  std::string bytes = "before";
  std::vector<std::size_t> starts = {bytes.size()};
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    bytes += pictures.packed(i);
    starts.push_back(bytes.size());
  }
  bytes += "behind";
  const auto taken = PackedPictures::from(bytes, starts, kSide, 2);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->packed(), pictures.packed());
  EXPECT_EQ(taken->packed(2), pictures.packed(2));
  EXPECT_FALSE(PackedPictures::from(bytes, starts, kSide + 1, 2));
  ++starts[1];
  EXPECT_FALSE(PackedPictures::from(bytes, starts, kSide, 2));
}

TEST(PackedPicturesTest, WithoutPicturesThereIsNothing) {
  const PackedPictures none;
  EXPECT_EQ(none.size(), 0U);
  EXPECT_EQ(none.packed(), "");
}

TEST(PackedPicturesTest, AFailureToDrawIsPassedOn) {
  const auto refuse = [](std::size_t, std::size_t picture, std::span<std::uint8_t>) {
    if (picture == 77) throw std::runtime_error("77");
  };
  EXPECT_THROW(PackedPictures::drawn(200, kSide, 2, refuse), std::runtime_error);
}

}  // namespace
}  // namespace glyffuser
