#include "glyffuser/diffusion/scheduler.hpp"

#include <algorithm>

#include "glyffuser/diffusion/timesteps.hpp"

namespace glyffuser {

NoiseSource image_noise(ImageGenerators& generators) {
  return [&generators](const torch::Tensor& sample) {
    return generators.normal(sample.sizes().slice(1)).to(sample.options());
  };
}

Scheduler::Scheduler(const SchedulerConfig& config)
    : config_(config), prediction_type_(parse_prediction_type(config.prediction_type)), schedule_(config) {}

std::size_t Scheduler::first_evaluation(double strength) const {
  const std::size_t each = evaluations_per_step();
  const std::size_t steps = (timesteps_.size() + each - 1) / each;
  const double wanted = std::clamp(strength, 0.0, 1.0) * static_cast<double>(steps);
  return (steps - std::clamp<std::size_t>(static_cast<std::size_t>(wanted), 1, steps)) * each;
}

torch::Tensor Scheduler::scale_model_input(const torch::Tensor& sample, std::size_t /*index*/) const {
  return sample;
}

DiscreteScheduler::DiscreteScheduler(const SchedulerConfig& config,
                                     const std::vector<std::int64_t>& timesteps)
    : Scheduler(config) {
  check_timesteps(timesteps, config.num_train_timesteps);
  set_timesteps({timesteps.begin(), timesteps.end()});
}

std::int64_t DiscreteScheduler::timestep(std::size_t index) const {
  return static_cast<std::int64_t>(timesteps()[index]);
}

std::int64_t DiscreteScheduler::previous_timestep(std::size_t index) const {
  return index + 1 < timesteps().size() ? timestep(index + 1) : -1;
}

torch::Tensor DiscreteScheduler::add_noise(const torch::Tensor& original, const torch::Tensor& noise,
                                           std::size_t index) const {
  const Rates rates = schedule().rates(timestep(index));
  return rates.signal * original + rates.noise * noise;
}

}  // namespace glyffuser
