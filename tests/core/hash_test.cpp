#include "glyffuser/core/hash.hpp"

#include <gtest/gtest.h>

#include <set>

#include "glyffuser/core/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {

TEST(HashTest, Sha256OfTheStandardsExample) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(HashTest, FileAndIncrementalAgree) {
  const testing::TemporaryFolder folder;
  const std::string content(3'000'000, 'x');
  const auto file = folder.write("x.bin", content);
  EXPECT_EQ(sha256_file(file), sha256(content));
  EXPECT_EQ(Sha256().update(content.substr(0, 10)).update(content.substr(10)).hex(), sha256(content));
  EXPECT_THROW(sha256_file(folder / "none"), FileError);
  EXPECT_THROW(sha256_file(folder.path()), FileError);
}

TEST(HashTest, DerivedSeedsDifferByEveryArgument) {
  std::set<std::uint64_t> seeds;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (std::uint64_t index = 0; index < 100; ++index) {
      seeds.insert(derive_seed(seed, "noise", index));
      seeds.insert(derive_seed(seed, "time", index));
    }
  }
  EXPECT_EQ(seeds.size(), 2000U);
  // SplitMix64 and FNV-1a by their definitions: pictures of a seed stay what they are.
  EXPECT_EQ(derive_seed(1, "noise", 123456789), 0x2312d9af640db2bdU);
}

}  // namespace glyffuser
