#pragma once
// The forward process x_t = sqrt(alphas_cumprod[t]) x_0 + sqrt(1 - alphas_cumprod[t]) noise (Ho et al. 2020,
// arXiv 2006.11239, equation 4). Tables and arithmetic are float32, as in diffusers: float64 tables move a
// thousand-step DDPM trajectory by more than diffusers' own tests allow.

#include <torch/types.h>

#include <cstdint>

#include "glyffuser/diffusion/scheduler_config.hpp"

namespace glyffuser {

/// The factors of x_t = signal x_0 + noise epsilon; both broadcast over images.
struct Rates {
  torch::Tensor signal;  ///< sqrt(alphas_cumprod[t])
  torch::Tensor noise;   ///< sqrt(1 - alphas_cumprod[t])
};

class NoiseSchedule {
 public:
  /// Throws ConfigError as validate_schedule does, and for betas that leave (0, 1], leave no signal at more
  /// than one time step, or reach zero SNR with epsilon.
  explicit NoiseSchedule(const SchedulerConfig& config);

  /// float32 [T] on the CPU.
  const torch::Tensor& betas() const { return betas_; }
  const torch::Tensor& alphas_cumprod() const { return alphas_cumprod_; }
  std::int64_t num_train_timesteps() const { return betas_.size(0); }

  /// alphas_cumprod[t]; for t = -1, after the last step, 1 (or alphas_cumprod[0] unless set_alpha_to_one).
  float alpha_cumprod(std::int64_t timestep) const;
  /// Variance of q(x_previous | x_t, x_0) (DDIM, arXiv 2010.02502, equation 16 with eta = 1).
  float posterior_variance(std::int64_t timestep, std::int64_t previous) const;

  /// Keeps a copy of what rates and snr of many time steps look up on `device`, where those are: otherwise
  /// each call brings it there.
  void to(const torch::Device& device) { looked_up_ = alphas_cumprod_.to(device); }

  /// Of one time step: two 0-dim CPU tensors, which combine with tensors on any device.
  Rates rates(std::int64_t timestep) const;
  /// Of `timesteps` int64 [B]: two [B, 1, ...] with the dimensions, device and dtype of `like` [B, ...].
  Rates rates(const torch::Tensor& timesteps, const torch::Tensor& like) const;

  /// x_t [B, ...] from x_0 [B, ...], standard-normal noise of its shape and timesteps int64 [B].
  torch::Tensor add_noise(const torch::Tensor& original, const torch::Tensor& noise,
                          const torch::Tensor& timesteps) const;
  /// v = signal epsilon - noise x_0, with the two rates (Salimans & Ho 2022, arXiv 2202.00512); shapes as for
  /// add_noise.
  torch::Tensor velocity(const torch::Tensor& original, const torch::Tensor& noise,
                         const torch::Tensor& timesteps) const;
  /// alphas_cumprod / (1 - alphas_cumprod) of timesteps int64 [B]: float32 [B] on their device.
  torch::Tensor snr(const torch::Tensor& timesteps) const;

 private:
  void check_tables(const SchedulerConfig& config) const;

  torch::Tensor betas_;
  torch::Tensor alphas_cumprod_;
  torch::Tensor looked_up_;  // the same, on the device of `to`
  float final_alpha_cumprod_ = 1.0F;
};

}  // namespace glyffuser
