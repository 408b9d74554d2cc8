#pragma once
// A denoiser as one piece of a GPU's work: its hundreds of short kernels take longer to launch one by one
// than to run.

#include "glyffuser/diffusion/prediction.hpp"

namespace glyffuser {

/// On a GPU, in a build with CUDA graphs: a denoiser that does its first call as it is, records the second
/// and replays it from then on. All calls must have tensors of one shape and type. Should the device refuse
/// to record, it goes on without, with a warning. Elsewhere `denoiser` itself.
Denoiser recorded(Denoiser denoiser, const torch::Device& device);

}  // namespace glyffuser
