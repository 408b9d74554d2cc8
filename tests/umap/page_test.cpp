#include "glyffuser/umap/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "glyffuser/umap/page_template.hpp"
#include "tests/umap/few_glyphs.hpp"

namespace glyffuser {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class PageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    torch::manual_seed(1);
    data_.title = "30 glyphs";
    data_.glyphs = &glyphs_;
    data_.places = torch::randn({30, 2});
    data_.facts = read_character_facts(glyphs_.code_points(), {});
    data_.lobes = {{{1, 2}, "stacked"}};
    data_.plane = make_plane(data_.places, {.timesteps = {0, 75}, .bandwidth = {}});
    data_.metrics.n_neighbors = 15;
    data_.metrics.quality.k = 14;
    data_.metrics.initialisation = "spectral";
    data_.metrics.seconds = {{"layout", 1.23456}};
    tiles_ = make_tiles(glyphs_.ink(), 64, 1);
    no_tiles_ = make_tiles(glyphs_.ink().narrow(0, 0, 0), 64, 1);
  }

  GlyphSet glyphs_ = testing::few_glyphs(30, 16);
  MapData data_;
  TilePages tiles_, no_tiles_;
};

TEST_F(PageTest, HoldsWhatTheContractNames) {
  const json page = json::parse(page_json(data_, tiles_, no_tiles_));
  EXPECT_EQ(page["count"], 30);
  EXPECT_EQ(page["tile"], (json{{"size", 64}, {"per_row", 32}, {"per_page", 1024}, {"pages", 1}}));
  for (const char* key : {"x", "y", "code", "caption", "radical", "strokes", "layout", "block", "split"})
    EXPECT_EQ(page["points"][key].size(), 30U) << key;
  EXPECT_EQ(page["points"]["code"][1], 0x4E01);
  EXPECT_TRUE(page["points"]["name"].is_null());
  EXPECT_EQ(page["points"]["captions"].size(), 15U);
  EXPECT_EQ(page["points"]["split"][4], 1);
  EXPECT_EQ(page["lobes"][0]["text"], "stacked");
  EXPECT_EQ(page["plane"]["mean"].size(), 2U);
  const json& frame = page["plane"]["frames"][1];
  EXPECT_EQ(frame["t"], 75);
  EXPECT_EQ(frame["contours"].size(), 10U);
  EXPECT_EQ(frame["contours"][0]["paths"][0].size() % 2, 0U);
  ASSERT_EQ(frame["arrows"].size(), 400U);
  for (std::size_t i = 0; i < 400; ++i)
    EXPECT_EQ(frame["arrows"][i][4], data_.plane.frames[1].arrows[i].faint ? 1 : 0);
  EXPECT_EQ(page["plane"]["mean"][0], data_.plane.mean[0]);
  EXPECT_EQ(page["plane"]["std"][0], data_.plane.deviation[0]);
  EXPECT_TRUE(page["transform"].is_null());
  EXPECT_TRUE(page["distances"].is_null());
  EXPECT_EQ(page["metrics"]["initialisation"], "spectral");
  EXPECT_EQ(page["metrics"]["k"], 14);
  EXPECT_FALSE(page["metrics"].contains("seconds"));  // equal runs give equal pages
}

TEST_F(PageTest, PicturesOfAFolderHaveNames) {
  GlyphRecords records{pack_pictures(torch::zeros({30, 16, 16}, torch::kUInt8)),
                       std::vector<char32_t>(30, 0),
                       std::vector<std::string>(30, "a picture"),
                       {}};
  for (int i = 0; i < 30; ++i) records.file_names.push_back("pictures/" + std::to_string(i) + ".png");
  glyphs_ = GlyphSet(std::move(records), std::vector<bool>(30));
  const json page = json::parse(page_json(data_, tiles_, no_tiles_));
  EXPECT_EQ(page["points"]["name"].size(), 30U);
  EXPECT_EQ(page["points"]["name"][7], "pictures/7.png");
}

TEST_F(PageTest, PicturesAndDistancesWhereThereAreAny) {
  data_.layers.noised = {{75, {{{0.5, 1}, 7, true}}}};
  data_.layers.distances = {{"real", "training glyphs", {1, 2, 3, 4, 5}, {0.1, 0.2, 0.3, 0.4, 0.5}}};
  const json page = json::parse(page_json(data_, tiles_, no_tiles_));
  EXPECT_EQ(page["transform"]["noised"][0]["points"][0], (json{0.5, 1.0, 7, 1}));
  EXPECT_TRUE(page["transform"]["samples"].empty());
  EXPECT_EQ(page["transform"]["sample_tile"], (json{{"size", 64}, {"per_row", 32}}));
  EXPECT_EQ(page["distances"]["rows"][0]["to_nearest"][4], 0.5);
  data_.layers.unit = 3;
  const json metrics = json::parse(metrics_json(data_));
  EXPECT_EQ(metrics["distances"], page["distances"]["rows"]);
  EXPECT_EQ(metrics["distance_unit"], 3);
}

TEST_F(PageTest, MetricsHaveTheTimesToo) {
  const json metrics = json::parse(metrics_json(data_));
  EXPECT_EQ(metrics["seconds"]["layout"], 1.235);
  EXPECT_EQ(metrics["glyphs"], 30);
  EXPECT_EQ(metrics["k"], 14);
  EXPECT_EQ(metrics["versions"]["umappp"], "3.2.0");
}

TEST_F(PageTest, TheDataReplaceTheMark) {
  const std::string page = make_page("<p>{{data}}</p>", "{}", tiles_, no_tiles_);
  EXPECT_THAT(page,
              ::testing::StartsWith("<p><script type=\"application/octet-stream\" id=\"map-data\">H4sI"));
  EXPECT_THAT(page, HasSubstr("id=\"tiles-0\">iVBORw0KGgo"));
  EXPECT_THAT(page, ::testing::EndsWith("</script>\n</p>"));
  EXPECT_THAT(page, ::testing::Not(HasSubstr("sample-tiles")));
  EXPECT_THAT(make_page("{{data}}", "{}", tiles_, tiles_), HasSubstr("id=\"sample-tiles\""));
  EXPECT_THROW(make_page("nothing", "{}", tiles_, no_tiles_), std::logic_error);
}

TEST_F(PageTest, TheTemplateHasOneMark) {
  const std::string_view page = page_template();
  const std::size_t at = page.find("{{data}}");
  ASSERT_NE(at, std::string_view::npos);
  EXPECT_EQ(page.find("{{data}}", at + 1), std::string_view::npos);
}

}  // namespace
}  // namespace glyffuser
