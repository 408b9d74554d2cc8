#pragma once
// Gradient checkpointing (Chen et al. 2016, arXiv 1604.06174): memory for time.

#include <torch/types.h>

#include <functional>

namespace glyffuser::nn {

/// body(inputs), of which only the inputs are kept for the backward pass: that runs `body` once more. What
/// `body` holds by reference must live until then, and it may draw no random numbers. Undefined inputs are
/// handed through. Gradients also reach parameters that `body` uses, given that one of the inputs needs a
/// gradient; without one, or in NoGradMode, this is body(inputs).
torch::Tensor recompute(const std::function<torch::Tensor(const std::vector<torch::Tensor>&)>& body,
                        const std::vector<torch::Tensor>& inputs);

}  // namespace glyffuser::nn
