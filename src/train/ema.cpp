#include "glyffuser/train/ema.hpp"

#include <algorithm>
#include <cmath>

namespace glyffuser {

double ema_decay(const EmaConfig& config, std::int64_t update) {
  const auto step = static_cast<double>(update - 1);
  if (step <= 0) return 0;
  return std::clamp(1.0 - std::pow(1.0 + step / config.inv_gamma, -config.power), 0.0, config.decay);
}

Ema::Ema(const NamedParameters& parameters, const EmaConfig& config) : config_(config) {
  for (const auto& [name, parameter] : parameters) {
    names_.push_back(name);
    parameters_.push_back(parameter);
    averages_.push_back(parameter.detach().clone());
  }
}

std::map<std::string, torch::Tensor> Ema::state() const {
  std::map<std::string, torch::Tensor> state;
  for (std::size_t i = 0; i < names_.size(); ++i) state[names_[i]] = averages_[i];
  return state;
}

void Ema::load(const std::map<std::string, torch::Tensor>& state, std::int64_t updates) {
  copy_by_name(state, this->state(), "averages");
  updates_ = updates;
}

// Only the storages change places: nothing is copied, and whoever holds a parameter sees the other values.
void Ema::swap() {
  for (std::size_t i = 0; i < averages_.size(); ++i) {
    const torch::Tensor own = parameters_[i].detach();
    const torch::Tensor average = averages_[i];
    parameters_[i].set_data(average);
    averages_[i] = own;
  }
}

Ema::Applied::Applied(Ema& ema) : ema_(ema) {
  ema_.swap();
}
Ema::Applied::~Applied() {
  ema_.swap();
}

}  // namespace glyffuser
