#include "glyffuser/data/glyph_set.hpp"

#include <chrono>
#include <iostream>
#include <set>
#include <stdexcept>
#include <string_view>

#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

DataConfig few(const testing::TemporaryFolder& folder) {
  DataConfig config;
  config.cache = (folder / "cache").string();
  config.max_glyphs = 40;
  return config;
}

template <class Work>
double seconds(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The whole of Debian's data, loaded once: from nothing, then from the cache.
class WholeSetTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const testing::TemporaryFolder folder;
    DataConfig config;
    config.cache = folder.path().string();
    const double nothing = seconds([&] { drawn_ = std::make_unique<GlyphSet>(load_glyphs(config)); });
    const double cached = seconds([&] { cached_ = std::make_unique<GlyphSet>(load_glyphs(config)); });
    std::cout << "from nothing " << fixed(nothing, 2) << " s, from the cache " << fixed(cached, 2) << " s\n";
  }
  static void TearDownTestSuite() {
    drawn_.reset();
    cached_.reset();
  }
  static inline std::unique_ptr<GlyphSet> drawn_, cached_;
};

TEST_F(WholeSetTest, HasEveryGlyphWithAMeaning) {
  EXPECT_NEAR(static_cast<double>(drawn_->size()), 21240, 60);
  EXPECT_NEAR(static_cast<double>(drawn_->captions().size()), 16866, 400);
  // The ink of the article's data set, measured with Pillow over the 20,508 of the basic plane.
  EXPECT_NEAR(drawn_->ink().to(torch::kFloat).mean().item<double>() / 255, 0.204, 0.003);
}

TEST_F(WholeSetTest, CaptionsAreCleanAscii) {
  for (const std::string& caption : drawn_->captions()) {
    EXPECT_EQ(caption, trim(caption));
    EXPECT_FALSE(caption.empty());
    for (const char c : caption) EXPECT_TRUE(c >= ' ' && c <= '~') << caption;
    for (const char* remark : {"U+", "same as", "Kangxi", "()", " ,", ",,"})
      EXPECT_EQ(caption.find(remark), std::string::npos) << caption;
  }
}

TEST_F(WholeSetTest, TheCacheHoldsTheSame) {
  EXPECT_EQ(drawn_->packed_ink().packed(), cached_->packed_ink().packed());
  EXPECT_EQ(drawn_->code_points(), cached_->code_points());
  EXPECT_EQ(drawn_->captions(), cached_->captions());
  EXPECT_EQ(drawn_->held_out(), cached_->held_out());
}

TEST_F(WholeSetTest, NoCaptionAndNoPictureIsOnBothSides) {
  const auto bytes = [&](std::int64_t glyph) {
    return drawn_->packed_ink().packed(static_cast<std::size_t>(glyph));
  };
  std::set<std::string> captions;
  std::set<std::string_view> pictures;
  for (const std::int64_t glyph : drawn_->held_out()) {
    captions.insert(lower(drawn_->caption(glyph)));
    pictures.insert(bytes(glyph));
  }
  for (const std::int64_t glyph : drawn_->training()) {
    EXPECT_FALSE(captions.contains(lower(drawn_->caption(glyph)))) << drawn_->caption(glyph);
    EXPECT_FALSE(pictures.contains(bytes(glyph))) << drawn_->caption(glyph);
  }
  EXPECT_EQ(drawn_->training().size() + drawn_->held_out().size(), static_cast<std::size_t>(drawn_->size()));
  EXPECT_NEAR(static_cast<double>(drawn_->held_out().size()), 0.05 * static_cast<double>(drawn_->size()), 1);
}

TEST(GlyphSetTest, ImagesAreWhiteOneAndInkMinusOne) {
  const testing::TemporaryFolder folder;
  const GlyphSet glyphs = load_glyphs(few(folder));
  const std::vector<std::int64_t> chosen = {3, 39, 3};
  const torch::Tensor images = glyphs.images(chosen);
  EXPECT_EQ(images.sizes(), (std::vector<std::int64_t>{3, 1, 128, 128}));
  EXPECT_EQ(images.dtype(), torch::kFloat);
  EXPECT_TRUE(torch::allclose(images[1][0], 1 - glyphs.ink(39, 1)[0].to(torch::kFloat) / 127.5));
  EXPECT_TRUE(torch::equal(images[0], images[2]));
  EXPECT_EQ(images.max().item<float>(), 1.0F);
  EXPECT_EQ(images.min().item<float>(), -1.0F);
  const std::vector<std::int64_t> outside = {40};
  EXPECT_THROW(glyphs.images(outside), std::out_of_range);
  EXPECT_THROW(glyphs.ink(39, 2), std::out_of_range);
  EXPECT_TRUE(torch::equal(glyphs.ink()[39], glyphs.ink(38, 2)[1]));
  EXPECT_TRUE(glyphs.file_names().empty());
}

TEST(GlyphSetTest, CharactersChooseGlyphs) {
  const testing::TemporaryFolder folder;
  DataConfig config = few(folder);
  config.characters = "木水丘";
  config.image_size = 64;
  config.font_size = 50;
  config.definitions = folder.write("d.tsv", "丘\thill\n木\ttree\n水\twater\n火\tfire\n").string();
  const GlyphSet glyphs = load_glyphs(config);
  EXPECT_EQ(glyphs.code_points(), (std::vector<char32_t>{U'丘', U'木', U'水'}));
  EXPECT_EQ(glyphs.caption(1), "tree");
  EXPECT_EQ(glyphs.image_size(), 64);
  config.characters = "木金";
  testing::expect_error<ConfigError>([&] { load_glyphs(config); }, {"data.characters", "金"});
}

TEST(GlyphSetTest, ADamagedCacheIsDrawnAgain) {
  const testing::TemporaryFolder folder;
  const DataConfig config = few(folder);
  const GlyphSet first = load_glyphs(config);
  const auto file = std::filesystem::directory_iterator(*config.cache)->path();
  const std::string whole = read_file(file);
  write_file_atomically(file, whole.substr(0, whole.size() / 2));
  EXPECT_TRUE(torch::equal(load_glyphs(config).ink(), first.ink()));
  EXPECT_EQ(read_file(file), whole);
}

TEST(GlyphSetTest, AnUnwritableCacheOnlyWarns) {
  const testing::TemporaryFolder folder;
  DataConfig config = few(folder);
  config.cache = (folder.write("file", "") / "cache").string();
  EXPECT_EQ(load_glyphs(config).size(), 40);
}

TEST(GlyphSetTest, AFontWithoutHanIsNamed) {
  const testing::TemporaryFolder folder;
  DataConfig config = few(folder);
  config.definitions = folder.write("d.tsv", "U+10FFFD\tnothing that a font has\n").string();
  testing::expect_error<FileError>([&] { load_glyphs(config); }, {"NotoSansCJK", "d.tsv", "Han"});
  config.font = folder.write("broken.ttf", "no font").string();
  testing::expect_error<FileError>([&] { load_glyphs(config); }, {"broken.ttf"});
  config.font = (folder / "none.ttf").string();
  testing::expect_error<FileError>([&] { load_glyphs(config); }, {"none.ttf"});
}

TEST(LoadGlyphsTest, DefinitionsWithoutAMeaningAreToBlameThemselves) {
  const testing::TemporaryFolder folder;
  DataConfig config;
  config.cache = (folder / "cache").string();
  config.definitions = folder.write("table.tsv", "口\tрот\n木\t嘴\n").string();
  testing::expect_error<FileError>([&] { load_glyphs(config); }, {"table.tsv", "definitions in English"});
}

TEST(LoadGlyphsTest, GlyphsThatDoNotFitAreWarnedOf) {
  const testing::TemporaryFolder folder;
  DataConfig config;
  config.cache = (folder / "cache").string();
  config.characters = "口";
  config.image_size = 64;
  const auto said = [&] {
    ::testing::internal::CaptureStderr();
    load_glyphs(config);
    return ::testing::internal::GetCapturedStderr();
  };
  EXPECT_NE(said().find("`data.font_size` is 100, more than `data.image_size` (64)"), std::string::npos);
  config.font_size = 64;
  EXPECT_EQ(said().find("data.font_size"), std::string::npos);
}

TEST(LoadGlyphsTest, NothingHeldOutIsWarnedOf) {
  const testing::TemporaryFolder folder;
  DataConfig config;
  config.cache = (folder / "cache").string();
  config.characters = "口";  // the only one may not be
  const auto said = [&] {
    ::testing::internal::CaptureStderr();
    load_glyphs(config);
    return ::testing::internal::GetCapturedStderr();
  };
  config.held_out = 0.5;
  EXPECT_NE(said().find("no glyph is held out"), std::string::npos);
  config.held_out = 0;
  EXPECT_EQ(said().find("no glyph is held out"), std::string::npos);
}

TEST(GlyphSetTest, ItsIdentityIsCaptionsPicturesAndSplit) {
  const auto identity = [](const std::vector<std::string>& captions, const std::vector<bool>& held_out,
                           std::uint8_t ink = 7) {
    GlyphRecords records;
    records.ink = pack_pictures(torch::full({3, 8, 8}, ink, torch::kUInt8));
    records.code_points.assign(3, 0);
    records.captions = captions;
    return GlyphSet(std::move(records), held_out).identity();
  };
  const std::set<std::string> all = {
      identity({"a", "b", "a"}, {false, false, true}), identity({"a", "b", "b"}, {false, false, true}),
      identity({"a", "c", "a"}, {false, false, true}), identity({"a", "b", "a"}, {false, true, false}),
      identity({"a", "b", "a"}, {false, false, true}, 8)};
  EXPECT_EQ(all.size(), 5U);
  EXPECT_TRUE(all.contains(identity({"a", "b", "a"}, {false, false, true})));
}

}  // namespace
}  // namespace glyffuser
