#include "glyffuser/model/model.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/text/tokenizer.hpp"
#include "tests/encoder/tiny_text_encoder.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_model.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
using testing::draw_seeds;
using testing::expect_error;
using testing::tiny_model;

TEST(ModelTest, AFolderReadsBackToTheSamePictures) {
  const testing::TemporaryFolder folder;
  const Model model = tiny_model();
  save_model(folder / "m", model, {});
  const Model read = load_model(folder / "m", torch::kCPU);
  EXPECT_EQ(read.name, "m");
  EXPECT_FALSE(read.info.conditional);
  EXPECT_EQ(read.info.image_size, 32);
  for (const char* file : {"model_index.json", "pipeline.py", "README.md", "scheduler/scheduler_config.json"})
    EXPECT_TRUE(fs::exists(folder / "m" / file)) << file;
  EXPECT_FALSE(has_text_encoder(folder / "m"));
  EXPECT_FALSE(read.unet->is_training());
  for (const torch::Tensor& parameter : read.unet->parameters()) EXPECT_FALSE(parameter.requires_grad());
  EXPECT_TRUE(torch::allclose(draw_seeds(model, {1, 2}, "ddim"), draw_seeds(read, {1, 2}, "ddim"), 0, 1e-5));
}

TEST(ModelTest, Float16HalvesTheFile) {
  const testing::TemporaryFolder folder;
  const char* weights = "unet/diffusion_pytorch_model.safetensors";
  save_model(folder / "a", tiny_model(), {});
  save_model(folder / "b", tiny_model(), {{}, {}, torch::kFloat16});
  EXPECT_LT(fs::file_size(folder / "b" / weights),
            0.6 * static_cast<double>(fs::file_size(folder / "a" / weights)));
  load_model(folder / "b", torch::kCPU);
}

TEST(ModelTest, WhatOthersPutBesideItStays) {
  const testing::TemporaryFolder folder;
  const auto at = [&](const char* name) { return folder / "m" / name; };
  save_model(folder / "m", tiny_model(), {.text_encoder = {}, .card = "one"});
  write_file_atomically(at("evaluation/table.md"), "theirs");
  write_file_atomically(at("notes.txt"), "theirs too");
  write_file_atomically(at("text_encoder/encoder.pt"), "an encoder that this model has no use for");
  write_file_atomically(at("tokenizer/spiece.model"), "and its tokenizer");
  save_model(folder / "m", tiny_model(), {.text_encoder = {}, .card = "two"});
  EXPECT_EQ(read_file(at("evaluation/table.md")), "theirs");
  EXPECT_EQ(read_file(at("notes.txt")), "theirs too");
  EXPECT_EQ(read_file(at("README.md")), "two");
  EXPECT_FALSE(std::filesystem::exists(at("text_encoder")));
  EXPECT_FALSE(std::filesystem::exists(at("tokenizer")));
}

TEST(ModelTest, LinksAndRightsOfWhatOthersPutThereStay) {
  const testing::TemporaryFolder folder;
  save_model(folder / "m", tiny_model(), {.text_encoder = {}, .card = "one"});
  fs::create_symlink("nowhere", folder / "m/gone");
  fs::create_symlink(".", folder / "m/itself");
  const fs::path script = folder.write("m/run.sh", "#!/bin/sh\n");
  fs::permissions(script, fs::perms(0755));
  save_model(folder / "m", tiny_model(), {.text_encoder = {}, .card = "two"});
  EXPECT_EQ(fs::read_symlink(folder / "m/gone"), "nowhere");
  EXPECT_EQ(fs::read_symlink(folder / "m/itself"), ".");
  EXPECT_EQ(fs::status(script).permissions(), fs::perms(0755));
  EXPECT_EQ(read_file(folder / "m/README.md"), "two");
}

TEST(ModelTest, APipeBesideItIsNotWaitedFor) {
  const testing::TemporaryFolder folder;
  save_model(folder / "m", tiny_model(), {});
  ASSERT_EQ(::mkfifo((folder / "m/pipe").c_str(), 0600), 0);
  expect_error<FileError>([&] { save_model(folder / "m", tiny_model(), {}); }, {"m/pipe", "no file"});
}

TEST(ModelTest, FoldersOfACopyCanBeWrittenTo) {
  const testing::TemporaryFolder folder;
  save_model(folder / "m", tiny_model(), {.text_encoder = {}, .card = "one"});
  const fs::path theirs = folder.write("m/evaluation/parts/table.md", "theirs").parent_path();
  fs::permissions(theirs, fs::perms::owner_read | fs::perms::owner_exec);
  save_model(folder / "m", tiny_model(), {.text_encoder = {}, .card = "two"});
  EXPECT_EQ(read_file(theirs / "table.md"), "theirs");
  EXPECT_NE(fs::status(theirs).permissions() & fs::perms::owner_write, fs::perms::none);
}

TEST(ModelTest, TheHashIsOfWhatPicturesDependOn) {
  const testing::TemporaryFolder folder;
  save_model(folder / "a", tiny_model(), {.text_encoder = {}, .card = "one"});
  save_model(folder / "b", tiny_model(), {.text_encoder = {}, .card = "two"});
  const auto hash = [&](const char* name, const char* encoder) {
    return model_hash(folder / name, folder / encoder);
  };
  EXPECT_EQ(hash("a", "a").size(), 10U);
  EXPECT_EQ(hash("a", "a"), hash("b", "b"));
  folder.write("encoder/tokenizer/spiece.model", "another");
  const std::string other = hash("a", "encoder");
  EXPECT_NE(hash("a", "a"), other);
  folder.write("encoder/tokenizer/tokenizer_config.json", "{}");
  const std::string with_settings = hash("a", "encoder");
  EXPECT_NE(with_settings, other);
  folder.write("encoder/text_encoder/encoder.pt", "a third");
  EXPECT_NE(hash("a", "encoder"), with_settings);
  for (const char* file :
       {"glyffuser.json", "scheduler/scheduler_config.json", "unet/diffusion_pytorch_model.safetensors"}) {
    const std::string before = hash("b", "b");
    std::ofstream(folder / "b" / file, std::ios::app) << " ";
    EXPECT_NE(hash("b", "b"), before) << file;
  }
}

TEST(ModelTest, FoldersThatAreNoModels) {
  const testing::TemporaryFolder folder;
  const auto load = [&](const std::string& name) { load_model(folder / name, torch::kCPU); };
  expect_error<FileError>([&] { load("none"); }, {"none", "no such model folder"});
  fs::create_directories(folder / "empty");
  expect_error<FileError>([&] { load("empty"); }, {"unet/config.json"});
  save_model(folder / "m", tiny_model(), {});
  folder.write("m/glyffuser.json", "{\"format_version\": 1, \"patch_size\": 2}");
  expect_error<FileError>([&] { load("m"); }, {"glyffuser.json", "patch_size 2", "4 channels", "16"});
  folder.write("m/glyffuser.json", "{\"format_version\": 1, \"patch_size\": 4, \"image_size\": 64}");
  expect_error<FileError>([&] { load("m"); }, {"image_size 64", "expected 32"});
}

TEST(ModelTest, ChannelsInAndOutMustBothBeAPatch) {
  const testing::TemporaryFolder folder;
  for (const bool in : {false, true}) {
    Model model = tiny_model();
    UNetConfig config = model.unet->config();
    (in ? config.in_channels : config.out_channels) = 4;
    model.unet = make_unet(config, 1);
    save_model(folder / "m", model, {});
    expect_error<FileError>(
        [&] { load_model(folder / "m", torch::kCPU); },
        {"glyffuser.json", "16 channels in and out", in ? "found 4 and 16" : "found 16 and 4"});
  }
}

TEST(ModelTest, WhetherAModelTakesPromptsIsWhatItsNetworkSays) {
  const testing::TemporaryFolder folder;
  save_model(folder / "m", tiny_model(), {});
  folder.write("m/glyffuser.json", "{\"format_version\": 1, \"patch_size\": 4, \"conditional\": true}");
  EXPECT_FALSE(load_model(folder / "m", torch::kCPU).info.conditional);
}

TEST(ModelTest, AFoldersNameIsText) {
  const testing::TemporaryFolder folder;
  save_model(folder / "m\xff", tiny_model(), {});
  const std::string name = load_model(folder / "m\xff", torch::kCPU).name;
  EXPECT_EQ(name, with_valid_utf8("m\xff"));
  EXPECT_NE(name, "m\xff");
}

TEST(ModelTest, ATextEncoderHasItsTokenizerBesideIt) {
  const testing::TemporaryFolder folder;
  const std::string given = (folder / "given").string();
  folder.write("given/text_encoder/encoder.pt", "");
  expect_error<FileError>([&] { text_encoder_of(folder / "m", given); }, {"given", "tokenizer/spiece.model"});
  folder.write("given/tokenizer/spiece.model", "");
  EXPECT_EQ(text_encoder_of(folder / "m", given), folder / "given");
  expect_error<FileError>([&] { text_encoder_of(folder / "m", ""); },
                          {"m: has no text encoder", "--text-encoder"});
  EXPECT_EQ(text_encoder_of(folder / "given", ""), folder / "given");
}

TEST(ModelTest, ATextMayBeAsLongAsTheTrainingsWere) {
  const testing::TemporaryFolder folder;
  const testing::TinyTextEncoder encoder;
  Model model = tiny_model();
  UNetConfig config = model.unet->config();
  config.class_name = "UNet2DConditionModel";
  config.down_block_types[1] = "CrossAttnDownBlock2D";
  config.up_block_types[0] = "CrossAttnUpBlock2D";
  config.encoder_hid_dim = 8;
  model.unet = make_unet(config, 1);
  save_model(folder / "m", model, {.text_encoder = encoder.path(), .card = "", .max_length = 20});
  EXPECT_EQ(longest_text(folder / "m/tokenizer"), 20);
  save_model(folder / "m", model, {.text_encoder = encoder.path(), .card = ""});
  EXPECT_EQ(longest_text(folder / "m/tokenizer"), 64);
}

}  // namespace glyffuser
