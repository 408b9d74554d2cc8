#include "glyffuser/data/packbits.hpp"

#include <gtest/gtest.h>

#include <random>

namespace glyffuser {
namespace {

using Bytes = std::vector<std::uint8_t>;

// The example of TIFF 6.0 and of Apple's Technical Note TN1023.
const Bytes kPacked = {0xFE, 0xAA, 0x02, 0x80, 0x00, 0x2A, 0xFD, 0xAA,
                       0x03, 0x80, 0x00, 0x2A, 0x22, 0xF7, 0xAA};
const Bytes kPlain = {0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0xAA, 0xAA, 0xAA, 0xAA, 0x80, 0x00,
                      0x2A, 0x22, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA};

Bytes pack(const Bytes& bytes) {
  Bytes packed;
  pack_bits(bytes, packed);
  return packed;
}

TEST(PackBitsTest, IsApplesFormat) {
  EXPECT_EQ(pack(kPlain), kPacked);
  Bytes plain(kPlain.size());
  EXPECT_TRUE(unpack_bits(kPacked, plain));
  EXPECT_EQ(plain, kPlain);
}

TEST(PackBitsTest, AnythingComesBack) {
  std::mt19937 random(1);
  for (int kinds = 1; kinds <= 200; kinds += 7) {
    Bytes bytes(1000);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random() % static_cast<unsigned>(kinds));
    Bytes back(bytes.size());
    EXPECT_TRUE(unpack_bits(pack(bytes), back));
    EXPECT_EQ(back, bytes);
  }
}

TEST(PackBitsTest, WhatDoesNotFitIsRefused) {
  Bytes bytes(kPlain.size());
  EXPECT_FALSE(unpack_bits(Bytes(kPacked.begin(), kPacked.end() - 1), bytes));
  EXPECT_FALSE(unpack_bits(Bytes(kPacked.begin(), kPacked.end() - 2), bytes));
  Bytes shorter(kPlain.size() - 1), longer(kPlain.size() + 1);
  EXPECT_FALSE(unpack_bits(kPacked, shorter));
  EXPECT_FALSE(unpack_bits(kPacked, longer));
  EXPECT_FALSE(unpack_bits(Bytes{0x80}, bytes));
}

}  // namespace
}  // namespace glyffuser
