#pragma once
// Noise levels as sigma = sqrt(1 - alphas_cumprod) / sqrt(alphas_cumprod), the deviation of the noise beside
// a signal of 1 (Karras et al. 2022, arXiv 2206.00364), which the DPM-Solvers step through.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "glyffuser/diffusion/noise_schedule.hpp"

namespace glyffuser {

/// The sigmas of all training time steps, and the way between time steps and sigmas as diffusers
/// interpolates.
class SigmaTable {
 public:
  /// A last alphas_cumprod of 0 (zero terminal SNR), where sigma is infinite, counts as 2^-24, as in
  /// diffusers.
  explicit SigmaTable(const NoiseSchedule& schedule);

  std::size_t size() const { return sigmas_.size(); }
  /// Of time step 0 and T-1.
  double smallest() const { return sigmas_.front(); }
  double largest() const { return sigmas_.back(); }

  /// Linear between whole time steps; within 0 ... T-1.
  double at(double timestep) const;
  /// The time step with this sigma, linear in log sigma between whole ones; 0 ... T-1 for any sigma.
  double timestep(double sigma) const;

 private:
  std::vector<float> sigmas_;      // ascending
  std::vector<float> log_sigmas_;  // float as in diffusers: a time step may be rounded or cut off from these
};

/// `steps` sigmas from `largest` to `smallest`, evenly spaced in sigma^(1/7) (Karras et al. 2022, equation
/// 5); of one step only the largest.
std::vector<double> karras_sigmas(double largest, double smallest, std::int64_t steps);
/// The same, evenly spaced in log sigma (Lu et al. 2022, arXiv 2206.00927: uniform lambda).
std::vector<double> lu_sigmas(double largest, double smallest, std::int64_t steps);

}  // namespace glyffuser
