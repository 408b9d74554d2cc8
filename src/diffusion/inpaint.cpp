#include "glyffuser/diffusion/inpaint.hpp"

#include <algorithm>
#include <cmath>

namespace glyffuser {
namespace {

constexpr std::size_t kStretch = 10;  // the paper's jump length

/// How much of the image and of the noise there is at an evaluation: add_noise is linear in both.
struct Shares {
  Shares(const Scheduler& scheduler, std::size_t index) {
    const torch::Tensor one = torch::ones({1}), zero = torch::zeros({1});
    signal = scheduler.add_noise(one, zero, index).item<double>();
    noise = scheduler.add_noise(zero, one, index).item<double>();
  }
  double signal = 0;
  double noise = 0;
};

/// The forward process from evaluation `from` back to the noisier `to`.
torch::Tensor noised_again(const torch::Tensor& sample, const Scheduler& scheduler, std::size_t from,
                           std::size_t to, const NoiseSource& noise) {
  const Shares now(scheduler, from), then(scheduler, to);
  const double kept = then.signal / now.signal;
  const double variance = then.noise * then.noise - kept * kept * now.noise * now.noise;
  return kept * sample + std::sqrt(std::max(0.0, variance)) * noise(sample);
}

}  // namespace

torch::Tensor with_known_region(const torch::Tensor& sample, const KnownRegion& known,
                                const Scheduler& scheduler, std::size_t index) {
  const bool done = index == scheduler.timesteps().size();
  const torch::Tensor there = done ? known.original : scheduler.add_noise(known.original, known.noise, index);
  return torch::where(known.mask == 1, there, torch::lerp(sample, there, known.mask));
}

std::size_t repeated_evaluations(const Scheduler& scheduler, std::size_t first, std::size_t repeats) {
  const std::size_t count = scheduler.timesteps().size() - first;
  const std::size_t stretch = kStretch * scheduler.evaluations_per_step();
  const std::size_t last = count % stretch == 0 ? std::min(count, stretch) : count % stretch;  // done once
  return (count - last) * std::max<std::size_t>(repeats, 1) + last;
}

torch::Tensor sample_repeatedly(const Denoiser& denoiser, Scheduler& scheduler, const torch::Tensor& initial,
                                const NoiseSource& noise, const SamplingCallback& callback, std::size_t first,
                                const SampleEdit& edit, std::size_t repeats) {
  const torch::NoGradGuard no_grad;
  if (repeats <= 1) return sample(denoiser, scheduler, initial, noise, callback, first, edit);
  const std::size_t count = scheduler.timesteps().size();
  const std::size_t stretch = kStretch * scheduler.evaluations_per_step();
  torch::Tensor images = initial;
  for (std::size_t begin = first; begin < count; begin += stretch) {
    const std::size_t end = std::min(begin + stretch, count);
    bool stopped = false;
    const SamplingCallback until_end = [&](const SamplingStep& step) {
      stopped = callback && !callback(step);
      return !stopped && step.index + 1 < end;
    };
    const std::size_t times = end < count ? repeats : 1;
    for (std::size_t time = 1; time <= times; ++time) {
      images = sample(denoiser, scheduler, images, noise, until_end, begin, edit);
      if (stopped) return images;
      if (time < times) images = edit(noised_again(images, scheduler, end, begin, noise), begin);
    }
  }
  return images;
}

}  // namespace glyffuser
