#include "glyffuser/umap/tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "glyffuser/core/text.hpp"
#include "tests/umap/few_glyphs.hpp"

namespace glyffuser {
namespace {

TEST(TablesTest, OneRecordPerGlyph) {
  GlyphRecords records;
  records.ink = pack_pictures(torch::zeros({2, 8, 8}, torch::kUInt8));
  records.code_points = {U'明', 0};
  records.captions = {"bright, \"clear\"", "moon"};
  GlyphRecords of_folder = records;
  of_folder.file_names = {"a.png", "b,c.png"};
  const GlyphSet glyphs(std::move(records), {false, true});
  CharacterFacts facts;
  facts.radicals = {72, 0};
  facts.layouts = {1, 0};
  facts.layout_names = {"unknown", "side by side"};
  const torch::Tensor places = torch::tensor({{1.5F, -2.0F}, {0.25F, 3.0F}});
  EXPECT_EQ(map_csv(glyphs, facts, places),
            "code_point,x,y,radical,layout,definition,split,file_name\r\n"
            "U+660E,1.50000,-2.00000,72,side by side,\"bright, \"\"clear\"\"\",training,\r\n"
            ",0.25000,3.00000,,unknown,moon,held out,\r\n");
  of_folder.code_points = {U'A', 0};
  EXPECT_THAT(map_csv(GlyphSet(of_folder, {false, true}), facts, places),
              ::testing::HasSubstr("\r\nU+0041,1.5"));
  EXPECT_THAT(map_csv(GlyphSet(std::move(of_folder), {false, true}), facts, places),
              ::testing::EndsWith(",held out,\"b,c.png\"\r\n"));
}

TEST(TablesTest, NumpysHeaderFillsUpToTheData) {
  const torch::Tensor matrix = torch::arange(6).to(torch::kFloat32).view({3, 2});
  const std::string bytes = npy(matrix);
  ASSERT_EQ(bytes.size(), 128 + 24U);
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x93NUMPY\1\0", 8));
  EXPECT_EQ(static_cast<unsigned char>(bytes[8]) + 256 * static_cast<unsigned char>(bytes[9]), 118);
  EXPECT_EQ(trim(bytes.substr(10, 118)), "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }");
  EXPECT_EQ(bytes[127], '\n');
  EXPECT_EQ(std::memcmp(bytes.data() + 128, matrix.data_ptr(), 24), 0);
}

}  // namespace
}  // namespace glyffuser
