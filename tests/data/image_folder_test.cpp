#include "glyffuser/data/image_folder.hpp"

#include "glyffuser/data/glyph_set.hpp"
#include "glyffuser/image/png.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

class ImageFolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    write_png(folder_ / "black.png", {16, 16, std::vector<std::uint8_t>(256, 0)});
    write_png(folder_ / "two  spaces.png", {16, 16, std::vector<std::uint8_t>(256, 0)});
    write_png(folder_ / "tall.png", {8, 32, std::vector<std::uint8_t>(256, 0)});
    config_.folder = folder_.path().string();
    config_.image_size = 16;
  }
  GlyphRecords read(const std::string& metadata) {
    folder_.write("metadata.jsonl", metadata);
    return read_image_folder(config_);
  }
  void expect(const std::string& metadata, std::initializer_list<std::string> parts) {
    testing::expect_error<FileError>([&] { read(metadata); }, parts);
  }

  testing::TemporaryFolder folder_;
  DataConfig config_;
};

TEST_F(ImageFolderTest, TextOrCaptionDescribeAPicture) {
  const GlyphRecords records = read(R"({"file_name": "black.png", "text": " gold;\n metal "}

{"file_name": "tall.png", "caption": "pillar", "Unicode": "3400"}
)");
  EXPECT_EQ(records.captions, (std::vector<std::string>{"gold; metal", "pillar"}));
  EXPECT_EQ(records.file_names, (std::vector<std::string>{"black.png", "tall.png"}));
  const torch::Tensor ink = GlyphSet(records, {false, true}).ink();
  EXPECT_EQ(ink.sizes(), (std::vector<std::int64_t>{2, 16, 16}));
  EXPECT_EQ(ink[0].min().item<int>(), 255);
  EXPECT_EQ(ink[1][8][8].item<int>(), 255);  // padded with white at both sides
  EXPECT_EQ(ink[1][8][0].item<int>(), 0);
  EXPECT_EQ(ink[1][8][15].item<int>(), 0);
}

TEST_F(ImageFolderTest, ACaptionIsOneLineHoweverItIsBroken) {
  EXPECT_EQ(read(R"({"file_name": "black.png", "text": "gold\r\nor\fmetal"})").captions.front(),
            "gold or metal");
}

TEST_F(ImageFolderTest, AtMostSoManyAreSpreadOverTheList) {
  config_.max_glyphs = 2;
  std::string lines;
  for (const char* caption : {"one", "two", "three", "four"})
    lines += "{\"file_name\": \"black.png\", \"text\": \"" + std::string(caption) + "\"}\n";
  EXPECT_EQ(read(lines).captions, (std::vector<std::string>{"one", "three"}));
}

TEST_F(ImageFolderTest, CaptionsMayBeMissingInAllLines) {
  const GlyphRecords records = read("{\"file_name\": \"black.png\"}\n{\"file_name\": \"tall.png\"}\n");
  EXPECT_EQ(records.captions, (std::vector<std::string>{"", ""}));
  const GlyphSet glyphs(records, {false, false});
  testing::expect_error<ConfigError>([&] { require_captions(glyphs, "something else"); },
                                     {"metadata.jsonl", "`text`", "something else"});
  EXPECT_NO_THROW(
      require_captions(GlyphSet(read(R"({"file_name": "black.png", "text": "a"})"), {false}), ""));
}

TEST_F(ImageFolderTest, FileNamesAreTakenAsTheyAre) {
  EXPECT_EQ(read(R"({"file_name": "two  spaces.png", "text": "gold"})").file_names.front(),
            "two  spaces.png");
}

TEST_F(ImageFolderTest, BadLinesAreNamed) {
  const std::string good = R"({"file_name": "black.png", "text": "gold"})";
  expect(good + "\n{\"file_name\": ", {"metadata.jsonl:2:", "not a JSON object"});
  expect(good + "\n[1]", {"metadata.jsonl:2:", "not a JSON object"});
  expect(R"({"text": "gold"})", {"metadata.jsonl:1:", "file_name"});
  expect(good + "\n{\"file_name\": \"black.png\"}", {"metadata.jsonl:2:", "caption"});
  expect("{\"file_name\": \"black.png\", \"text\": \"  \"}\n" + good, {"metadata.jsonl:1:", "empty"});
  expect(R"({"file_name": "black.png", "text": 3})", {"metadata.jsonl:1:", "`text` is number", "string"});
  expect(R"({"file_name": "../black.png", "text": "gold"})", {"metadata.jsonl:1:", "within the folder"});
  expect("{\"file_name\": \"" + (folder_ / "black.png").string() + "\", \"text\": \"gold\"}",
         {"metadata.jsonl:1:", "within the folder"});
  expect("", {"metadata.jsonl", "lists no picture"});
}

TEST_F(ImageFolderTest, BadPicturesAreNamedWithTheirLine) {
  expect(R"({"file_name": "none.png", "text": "gold"})", {"metadata.jsonl:1:", "none.png"});
  folder_.write("text.png", "no picture");
  expect(R"({"file_name": "text.png", "text": "gold"})", {"metadata.jsonl:1:", "text.png"});
}

TEST_F(ImageFolderTest, CharactersAreOfAFont) {
  DataConfig config;
  config.folder = "anywhere";
  config.characters = "木";
  testing::expect_error<ConfigError>([&] { read_image_folder(config); }, {"data.characters", "data.folder"});
}

TEST_F(ImageFolderTest, MissingFoldersAreNamed) {
  testing::expect_error<FileError>([&] { read_image_folder(config_); }, {"metadata.jsonl"});
  config_.folder = (folder_ / "none").string();
  testing::expect_error<FileError>([&] { read_image_folder(config_); }, {"none", "no such folder"});
}

}  // namespace
}  // namespace glyffuser
