#include "glyffuser/tensor/diffusers_weights.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

using testing::expect_error;

class DiffusersWeightsTest : public ::testing::Test {
 protected:
  void write(const char* name, const std::map<std::string, torch::Tensor>& tensors) {
    write_safetensors(folder_ / name, tensors);
  }
  std::map<std::string, torch::Tensor> read() const { return read_diffusers_weights(folder_.path()).tensors; }
  void expect_refused(std::initializer_list<std::string> parts) const {
    expect_error<FileError>([&] { read(); }, parts);
  }

  const torch::Tensor a_ = torch::ones(2), b_ = torch::zeros(3);
  const testing::TemporaryFolder folder_;
  const std::string model_ = "diffusion_pytorch_model";
};

TEST_F(DiffusersWeightsTest, AFolderOrItsFile) {
  write("diffusion_pytorch_model.safetensors", {{"a", a_}});
  EXPECT_TRUE(torch::equal(read().at("a"), a_));
  const auto file = read_diffusers_weights(folder_ / "diffusion_pytorch_model.safetensors");
  EXPECT_TRUE(torch::equal(file.tensors.at("a"), a_));
}

TEST_F(DiffusersWeightsTest, ShardsAreJoined) {
  write("1.safetensors", {{"a", a_}});
  write("2.safetensors", {{"b", b_}});
  const auto write_index = [&](const std::string& json) {
    folder_.write(model_ + ".safetensors.index.json", json);
  };
  write_index(
      R"({"metadata": {"total_size": 20}, "weight_map": {"a": "1.safetensors", "b": "2.safetensors"}})");
  EXPECT_EQ(read().size(), 2U);
  EXPECT_TRUE(torch::equal(read().at("b"), b_));

  write_index(R"({"weight_map": {"a": "2.safetensors"}})");
  expect_refused({"2.safetensors", "lacks tensor `a`", "index.json"});
  write_index(R"({"weight_map": {"a": "3.safetensors"}})");
  expect_refused({"3.safetensors", "is missing"});
  write_index(R"({"weight_map": {"a": "../1.safetensors"}})");
  expect_refused({"index.json", "`\"../1.safetensors\"` is not the name of a file beside it"});
  write_index(R"({"weight_map": 3})");
  expect_refused({"index.json", "weight_map"});
}

TEST_F(DiffusersWeightsTest, AVariantIsTakenWhereThereIsNothingElse) {
  write("diffusion_pytorch_model.fp16.safetensors", {{"a", a_.to(torch::kHalf)}});
  folder_.write(model_ + ".bin", "a pickle, which nobody needs here");
  EXPECT_EQ(read().at("a").scalar_type(), torch::kHalf);
  write("diffusion_pytorch_model.safetensors", {{"a", a_}});
  EXPECT_EQ(read().at("a").scalar_type(), torch::kFloat);
}

TEST_F(DiffusersWeightsTest, AVariantMayHaveShards) {
  write("diffusion_pytorch_model.fp16-00001-of-00001.safetensors", {{"a", a_}});
  folder_.write(model_ + ".safetensors.index.fp16.json",
                R"({"weight_map": {"a": "diffusion_pytorch_model.fp16-00001-of-00001.safetensors"}})");
  EXPECT_TRUE(torch::equal(read().at("a"), a_));
}

TEST_F(DiffusersWeightsTest, AnIndexCountsMoreThanAFileBesideIt) {
  const std::string index = R"({"weight_map": {"a": "part.safetensors"}})";
  write("part.safetensors", {{"a", a_}});
  write("diffusion_pytorch_model.fp16.safetensors", {{"a", b_}});
  folder_.write(model_ + ".safetensors.index.fp16.json", index);
  EXPECT_TRUE(torch::equal(read().at("a"), a_));
  write("diffusion_pytorch_model.safetensors", {{"a", b_}});
  EXPECT_TRUE(torch::equal(read().at("a"), b_));
  folder_.write(model_ + ".safetensors.index.json", index);
  EXPECT_TRUE(torch::equal(read().at("a"), a_));
}

TEST_F(DiffusersWeightsTest, SeveralVariantsAreAmbiguous) {
  write("diffusion_pytorch_model.fp16.safetensors", {{"a", a_}});
  write("diffusion_pytorch_model.non_ema.safetensors", {{"a", a_}});
  expect_refused({"several variants (fp16, non_ema)"});
}

TEST_F(DiffusersWeightsTest, APickleIsRefusedWithTheWayToConvertIt) {
  expect_refused({folder_.path().string(), "holds no weights", "diffusion_pytorch_model.safetensors"});
  folder_.write("diffusion_pytorch_model.bin", "PK");
  expect_refused({"diffusion_pytorch_model.bin", "is a pickle", "save_pretrained"});
}

}  // namespace
}  // namespace glyffuser
