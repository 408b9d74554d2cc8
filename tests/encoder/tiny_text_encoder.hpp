#pragma once
// A model folder with T5's tokenizer and an encoder of eight numbers: each token's embedding plus the mean of
// the attended ones, so that a wrong mask shows.

#include <torch/script.h>

#include <filesystem>
#include <string>

#include "tests/support/temporary_folder.hpp"

namespace glyffuser::testing {

class TinyTextEncoder {
 public:
  explicit TinyTextEncoder(int model_max_length = 64, torch::Dtype dtype = torch::kFloat) {
    const std::filesystem::path t5 = GLYFFUSER_SOURCE_DIR "/tests/fixtures/text/t5";
    folder_.write("tokenizer/tokenizer_config.json",
                  "{\"model_max_length\": " + std::to_string(model_max_length) + "}");
    std::filesystem::copy_file(t5 / "spiece.model", folder_ / "tokenizer/spiece.model");
    write_config(32128);
    torch::manual_seed(1);
    torch::jit::Module module("encoder");
    module.register_parameter("weight", torch::randn({32128, 8}).to(dtype), false);
    module.define(R"(
      def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        states = self.weight[input_ids]
        mask = attention_mask.unsqueeze(2).to(states.dtype)
        return states + (states * mask).sum(1, keepdim=True) / mask.sum(1, keepdim=True)
    )");
    weight_ = module.attr("weight").toTensor().to(torch::kFloat);
    module.save((folder_ / "text_encoder/encoder.pt").string());
  }

  void write_config(int vocab_size) const {
    folder_.write("text_encoder/config.json",
                  "{\"d_model\": 8, \"vocab_size\": " + std::to_string(vocab_size) + "}");
  }

  /// What the encoder gives for these tokens, [tokens, 8].
  torch::Tensor expected(const std::vector<std::int64_t>& ids) const {
    const auto states = weight_.index_select(0, torch::tensor(ids));
    return states + states.mean(0, true);
  }

  const TemporaryFolder& folder() const { return folder_; }
  std::string path() const { return folder_.path().string(); }

 private:
  TemporaryFolder folder_;
  torch::Tensor weight_;
};

}  // namespace glyffuser::testing
