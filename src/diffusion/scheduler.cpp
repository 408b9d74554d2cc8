#include "glyffuser/diffusion/scheduler.hpp"

#include <utility>

#include "glyffuser/diffusion/timesteps.hpp"

namespace glyffuser {

NoiseSource image_noise(ImageGenerators& generators) {
  return [&generators](const torch::Tensor& sample) {
    return generators.normal(sample.sizes().slice(1)).to(sample.options());
  };
}

Scheduler::Scheduler(const SchedulerConfig& config, std::vector<std::int64_t> timesteps)
    : config_(config),
      prediction_type_(parse_prediction_type(config.prediction_type)),
      schedule_(config),
      timesteps_(std::move(timesteps)) {
  check_timesteps(timesteps_, config.num_train_timesteps);
}

std::int64_t Scheduler::previous_timestep(std::size_t index) const {
  return index + 1 < timesteps_.size() ? timesteps_[index + 1] : -1;
}

}  // namespace glyffuser
