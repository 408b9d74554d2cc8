#pragma once
// Pictures of which a region is given: it stays, the rest is drawn to fit (the known region of RePaint,
// Lugmayr et al. 2022, arXiv 2201.09865, equation 8).

#include <torch/torch.h>

#include <cstddef>

#include "glyffuser/diffusion/scheduler.hpp"

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

}  // namespace glyffuser
