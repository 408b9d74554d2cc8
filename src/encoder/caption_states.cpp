#include "glyffuser/encoder/caption_states.hpp"

#include <stdexcept>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/progress.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/tensor/safetensors.hpp"

namespace glyffuser {
namespace {

constexpr std::size_t kChunk = 1024;  // captions whose padded states are in memory at a time

std::string cache_key(const TextEncoder& encoder, const std::vector<std::string>& captions) {
  Sha256 hash;
  hash.update(encoder.identity()).update("Float");  // what the states are stored as
  for (const std::string& caption : captions) hash.update(cat('\n', caption.size(), ' ')).update(caption);
  return hash.hex();
}

/// Of both tensors' bytes: damage inside the states would be trained on without a word.
std::string digest_of(const torch::Tensor& states, const torch::Tensor& lengths) {
  Sha256 hash;
  for (const torch::Tensor& tensor : {states.contiguous(), lengths.contiguous()})
    hash.update({static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes()});
  return hash.hex();
}

}  // namespace

CaptionStates::CaptionStates(const TextEncoder& encoder, const std::vector<std::string>& captions,
                             const std::optional<std::filesystem::path>& cache_folder) {
  std::vector<std::string> distinct = {""};
  indices_.emplace("", 0);
  for (const std::string& caption : captions) {
    if (indices_.emplace(caption, static_cast<std::int64_t>(distinct.size())).second)
      distinct.push_back(caption);
  }
  if (!cache_folder) {
    encode(encoder, distinct);
    return;
  }
  const std::string key = cache_key(encoder, distinct);
  const std::filesystem::path file = *cache_folder / cat("captions-", key.substr(0, 16), ".safetensors");
  if (read(file, key, static_cast<std::int64_t>(distinct.size()), encoder.d_model())) return;
  encode(encoder, distinct);
  try {
    ensure_folder(*cache_folder);
    write_safetensors(
        file, {{"states", states_}, {"lengths", lengths_}},
        {{"format", "glyffuser captions 1"}, {"key", key}, {"sha256", digest_of(states_, lengths_)}});
  } catch (const RunError& failure) {
    log::warning(cat(failure.what(), "; the captions will be encoded again next time"));
  }
}

void CaptionStates::encode(const TextEncoder& encoder, const std::vector<std::string>& captions) {
  Progress progress(captions.size() <= kChunk || !log::shows(log::Level::info));
  std::vector<torch::Tensor> states;
  std::vector<torch::Tensor> lengths;
  for (std::size_t at = 0; at < captions.size(); at += kChunk) {
    progress.show(cat("encoding captions: ", at, " of ", captions.size()));
    const std::size_t end = std::min(captions.size(), at + kChunk);
    const TextStates chunk = encoder.encode({captions.begin() + static_cast<std::ptrdiff_t>(at),
                                             captions.begin() + static_cast<std::ptrdiff_t>(end)});
    states.push_back(chunk.states.index({chunk.mask}).to(torch::kCPU, torch::kFloat));
    lengths.push_back(chunk.mask.sum(1).to(torch::kCPU));
  }
  progress.finish();
  states.push_back(torch::zeros({1, encoder.d_model()}));
  states_ = torch::cat(states);
  lengths_ = torch::cat(lengths);
  finish();
}

bool CaptionStates::read(const std::filesystem::path& file, const std::string& key, std::int64_t captions,
                         std::int64_t d_model) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return false;
  try {
    SafetensorsFile cache = read_safetensors(file);
    states_ = cache.tensors["states"];
    lengths_ = cache.tensors["lengths"];
    const bool fits =
        states_.defined() && lengths_.defined() && cache.metadata["sha256"] == digest_of(states_, lengths_) &&
        cache.metadata["key"] == key && states_.dim() == 2 && states_.scalar_type() == torch::kFloat &&
        states_.size(1) == d_model && lengths_.dim() == 1 && lengths_.scalar_type() == torch::kLong &&
        lengths_.size(0) == captions && lengths_.min().item<std::int64_t>() >= 1 &&
        lengths_.sum().item<std::int64_t>() == states_.size(0) - 1;
    if (!fits) throw FileError(cat(file.string(), " does not hold the states of these captions"));
  } catch (const FileError& error) {
    log::warning(cat(error.what(), "; the captions are encoded again"));
    return false;
  }
  finish();
  return true;
}

void CaptionStates::finish() {
  starts_ = lengths_.cumsum(0) - lengths_;
  const auto* lengths = lengths_.data_ptr<std::int64_t>();
  host_lengths_.assign(lengths, lengths + lengths_.size(0));
}

std::int64_t CaptionStates::longest(const std::vector<std::int64_t>& indices) const {
  std::int64_t longest = 0;
  for (const std::int64_t index : indices)
    longest = std::max(longest, host_lengths_.at(static_cast<std::size_t>(index)));
  return longest;
}

TextStates CaptionStates::gather(const std::vector<std::int64_t>& indices, std::int64_t length) const {
  if (length < longest(indices))
    throw std::invalid_argument(
        cat("CaptionStates::gather: length ", length, " is below the longest caption's ", longest(indices)));
  const auto at = torch::tensor(indices, torch::kInt64).to(states_.device());
  const auto positions = torch::arange(length, lengths_.options()).unsqueeze(0);
  const auto mask = positions < lengths_.index_select(0, at).unsqueeze(1);
  const auto tokens =
      torch::where(mask, starts_.index_select(0, at).unsqueeze(1) + positions, states_.size(0) - 1);
  const auto states = states_.index_select(0, tokens.flatten());
  return {.states = states.view({at.size(0), length, d_model()}), .mask = mask};
}

void CaptionStates::to(torch::Device device) {
  states_ = states_.to(device);
  lengths_ = lengths_.to(device);
  starts_ = starts_.to(device);
}

}  // namespace glyffuser
