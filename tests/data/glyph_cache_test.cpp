#include "glyffuser/data/glyph_cache.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <set>

#include "glyffuser/core/files.hpp"
#include "glyffuser/data/glyph_set.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

const std::string kKey(64, 'a');

torch::Tensor some_ink() {
  const torch::Tensor ink = torch::zeros({3, 16, 16}, torch::kUInt8);
  ink[1].slice(0, 4, 9).fill_(255);
  ink[2].copy_(torch::arange(256, torch::kUInt8).view({16, 16}));
  return ink;
}

GlyphRecords some_records() {
  return {pack_pictures(some_ink()), {U'一', U'丘', 0}, {"one", "hill; mound", "a picture"}, {}};
}

TEST(GlyphCacheTest, RecordsComeBack) {
  const testing::TemporaryFolder folder;
  const auto file = folder / "sub/glyphs.bin";
  const GlyphRecords records = some_records();
  save_glyph_cache(file, kKey, records);
  const auto loaded = load_glyph_cache(file, kKey, 2);
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(torch::equal(GlyphSet(*loaded, std::vector<bool>(3)).ink(), some_ink()));
  EXPECT_EQ(loaded->code_points, records.code_points);
  EXPECT_EQ(loaded->captions, records.captions);
}

TEST(GlyphCacheTest, NothingFromAnythingElse) {
  const testing::TemporaryFolder folder;
  const auto file = folder / "glyphs.bin";
  EXPECT_FALSE(load_glyph_cache(file, kKey, 1));
  save_glyph_cache(file, kKey, some_records());
  const std::string whole = read_file(file);
  EXPECT_FALSE(load_glyph_cache(file, std::string(64, 'b'), 1));
  for (std::size_t size = 0; size < whole.size(); size += 13) {
    folder.write("glyphs.bin", whole.substr(0, size));
    EXPECT_FALSE(load_glyph_cache(file, kKey, 1)) << size;
  }
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    folder.write("glyphs.bin", damaged);
    EXPECT_FALSE(load_glyph_cache(file, kKey, 1)) << at;
  }
  folder.write("glyphs.bin", "something else\n");
  EXPECT_FALSE(load_glyph_cache(file, kKey, 1));
}

TEST(GlyphCacheTest, TheKeyChangesWithItsInputs) {
  const testing::TemporaryFolder folder;
  DataConfig config;
  config.font = folder.write("font", "a font").string();
  config.definitions = folder.write("definitions", "definitions").string();
  std::vector<std::string> keys = {glyph_key(config)};
  EXPECT_EQ(glyph_key(config), keys.front());
  folder.write("font", "another font");
  keys.push_back(glyph_key(config));
  folder.write("definitions", "other definitions");
  keys.push_back(glyph_key(config));
  config.font_index = 3;
  keys.push_back(glyph_key(config));
  config.font_size = 30;
  keys.push_back(glyph_key(config));
  config.image_size = 64;
  keys.push_back(glyph_key(config));
  config.max_glyphs = 10;
  keys.push_back(glyph_key(config));
  config.characters = "";
  keys.push_back(glyph_key(config));
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), keys.size());
}

TEST(GlyphCacheTest, PicturesLargerThanAnyAreNone) {
  const testing::TemporaryFolder folder;
  save_glyph_cache(folder / "g", kKey,
                   {pack_pictures(torch::zeros({1, 4097, 4097}, torch::kUInt8)), {0}, {"a"}, {}});
  EXPECT_FALSE(load_glyph_cache(folder / "g", kKey, 1));
}

TEST(GlyphCacheTest, AnEmptyVariableIsNoFolder) {
  const auto value = [](const char* name) {
    const char* set = std::getenv(name);
    return set ? std::optional<std::string>(set) : std::nullopt;
  };
  const auto cache = value("XDG_CACHE_HOME"), home = value("HOME");
  ::setenv("HOME", "/home/me", 1);
  ::setenv("XDG_CACHE_HOME", "", 1);
  EXPECT_EQ(cache_folder({}), "/home/me/.cache/glyffuser");
  ::setenv("XDG_CACHE_HOME", "/cache", 1);
  EXPECT_EQ(cache_folder({}), "/cache/glyffuser");
  ::unsetenv("XDG_CACHE_HOME");
  ::unsetenv("HOME");
  EXPECT_FALSE(cache_folder({}));
  const auto two = [] {
    return GlyphRecords{pack_pictures(torch::zeros({2, 4, 4}, torch::kUInt8)), {1, 2}, {"a", "b"}, {}};
  };
  EXPECT_EQ(rendered_or_cached({}, kKey, two).size(), 2U);
  if (cache) ::setenv("XDG_CACHE_HOME", cache->c_str(), 1);
  ::unsetenv("HOME");
  if (home) ::setenv("HOME", home->c_str(), 1);
}

}  // namespace
}  // namespace glyffuser
