#include "glyffuser/nn/branches.hpp"

#include <vector>

namespace glyffuser::nn {

torch::Tensor for_branches(const torch::Tensor& x, std::int64_t rows) {
  if (x.size(0) == rows) return x;
  return torch::cat(std::vector<torch::Tensor>(static_cast<std::size_t>(rows / x.size(0)), x));
}

}  // namespace glyffuser::nn
