#pragma once
// Classifier-free guidance (Ho & Salimans 2022, arXiv 2207.12598).

#include <torch/types.h>

namespace glyffuser {

/// uncond + scale (cond - uncond), as in diffusers; scale 1 is the conditional prediction, off.
/// Predictions [B,C,H,W].
torch::Tensor guide(const torch::Tensor& cond, const torch::Tensor& uncond, double scale);

/// Brings the guided prediction's standard deviation back towards the conditional one's, per image, against
/// over-exposure at large scales (Lin et al. 2023, arXiv 2305.08891, section 3.4). `amount`: 0 (off) ... 1,
/// the paper's 0.7. Predictions [B,C,H,W]; a constant one stays finite.
torch::Tensor rescale_guidance(const torch::Tensor& guided, const torch::Tensor& cond, double amount);

}  // namespace glyffuser
