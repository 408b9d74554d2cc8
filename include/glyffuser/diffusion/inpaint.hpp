#pragma once
// Pictures of which a region is given: it stays, the rest is drawn to fit (the known region of RePaint,
// Lugmayr et al. 2022, arXiv 2201.09865, equation 8).

#include <torch/types.h>

#include <cstddef>

#include "glyffuser/diffusion/sampler.hpp"

namespace glyffuser {

/// All in the space the scheduler works in, on one device.
struct KnownRegion {
  torch::Tensor original;  ///< [B,C,H,W], the clean images
  torch::Tensor mask;      ///< [B or 1,C or 1,H,W]: 1 known … 0 to be drawn
  torch::Tensor noise;     ///< [B,C,H,W], standard normal: what the known region is hidden by, at every step
};

/// The sample as evaluation `index` should meet it: in the known region the original under as much noise as
/// that evaluation expects; after the last one (index = timesteps().size()) the original itself.
///
/// Each image keeps its noise from step to step, so that the known region moves to the original on the
/// straight line that a deterministic sampler draws. Schedulers compute every element for itself, so what a
/// multistep one remembers of the known region never reaches the rest; only the denoiser mixes them.
torch::Tensor with_known_region(const torch::Tensor& sample, const KnownRegion& known,
                                const Scheduler& scheduler, std::size_t index);

/// sample() in stretches of ten solver steps, each but the last done `repeats` times in all (at least 1,
/// which is sample() itself): after each time fresh noise brings the sample back to where the stretch began,
/// so that what was drawn next to the known region can be thought over (RePaint, section 4.2). `edit` must be
/// given. The callback sees the steps of every time. A multistep scheduler starts afresh with each stretch.
torch::Tensor sample_repeatedly(const Denoiser& denoiser, Scheduler& scheduler, const torch::Tensor& initial,
                                const NoiseSource& noise, const SamplingCallback& callback, std::size_t first,
                                const SampleEdit& edit, std::size_t repeats);

/// How often the denoiser is asked by sample_repeatedly.
std::size_t repeated_evaluations(const Scheduler& scheduler, std::size_t first, std::size_t repeats);

}  // namespace glyffuser
