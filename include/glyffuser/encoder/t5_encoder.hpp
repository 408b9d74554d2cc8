#pragma once
// The frozen T5 encoder (Raffel et al. 2020) as a TorchScript module: token ids to hidden states.

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace glyffuser {

class T5Encoder {
 public:
  /// `folder` holds encoder.pt, TorchScript (input_ids int64 [B,L], attention_mask int64 [B,L]) -> [B,L,D],
  /// and config.json, a T5Config (d_model, vocab_size). Weights are computed with in float32 whatever the
  /// file has. Throws FileError: missing, empty, cut short, or no such module.
  explicit T5Encoder(const std::filesystem::path& folder, torch::Device device = torch::kCPU);
  ~T5Encoder();
  T5Encoder(T5Encoder&&) noexcept;
  T5Encoder& operator=(T5Encoder&&) noexcept;

  /// last_hidden_state float32 [B,L,D] on the encoder's device, without gradient and outside autocast;
  /// positions with mask 0 hold no meaning. Inputs int64 [B,L] on any device, ids below vocab_size. Throws
  /// FileError if the module fails or gives another shape, RunError if the device's memory does not suffice.
  torch::Tensor forward(const torch::Tensor& input_ids, const torch::Tensor& attention_mask) const;

  std::int64_t d_model() const { return d_model_; }
  std::int64_t vocab_size() const { return vocab_size_; }
  torch::Device device() const { return device_; }
  /// SHA-256 of encoder.pt.
  const std::string& sha256() const { return sha256_; }

 private:
  struct Module;

  std::filesystem::path file_;
  torch::Device device_;
  std::int64_t d_model_ = 0;
  std::int64_t vocab_size_ = 0;
  std::string sha256_;
  std::unique_ptr<Module> module_;
};

}  // namespace glyffuser
