#include "glyffuser/sample/prompt_states.hpp"

#include <algorithm>

namespace glyffuser {
namespace {

constexpr std::size_t kRemembered = 4096;

}  // namespace

PromptStates::PromptStates(const TextEncoderConfig& config, std::int64_t width, const torch::Device& device)
    : encoder_(config, device) {
  encoder_.require_width(width);
}

TextStates PromptStates::states(const std::vector<std::string>& texts) {
  encode_missing(texts);
  const auto count = static_cast<std::int64_t>(texts.size());
  const std::int64_t length = encoder_.max_length();
  TextStates rows{
      .states = torch::zeros({count, length, encoder_.d_model()}, encoder_.device()),
      .mask = torch::zeros({count, length}, torch::dtype(torch::kBool).device(encoder_.device()))};
  for (std::int64_t row = 0; row < count; ++row) {
    const auto found = index_.at(texts[static_cast<std::size_t>(row)]);
    recent_.splice(recent_.begin(), recent_, found);
    rows.states[row].narrow(0, 0, found->states.size(0)).copy_(found->states);
    rows.mask[row].narrow(0, 0, found->states.size(0)).fill_(true);
  }
  // Not before: this batch may need more texts than are remembered.
  for (; recent_.size() > kRemembered; recent_.pop_back()) index_.erase(recent_.back().text);
  return rows;
}

void PromptStates::encode_missing(const std::vector<std::string>& texts) {
  std::vector<std::string> missing;
  for (const std::string& text : texts) {
    if (!index_.contains(text)) missing.push_back(text);
  }
  std::sort(missing.begin(), missing.end());
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
  if (missing.empty()) return;
  const TextStates encoded = encoder_.encode(missing);
  const torch::Tensor lengths = encoded.mask.sum(1).cpu();
  for (std::size_t i = 0; i < missing.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    recent_.push_front(
        {missing[i], encoded.states[row].narrow(0, 0, lengths[row].item<std::int64_t>()).clone()});
    index_[missing[i]] = recent_.begin();
  }
}

}  // namespace glyffuser
