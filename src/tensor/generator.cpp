#include "glyffuser/tensor/generator.hpp"

#include <ATen/CPUGeneratorImpl.h>

namespace glyffuser {

ImageGenerators::ImageGenerators(const std::vector<std::uint64_t>& seeds) {
  generators_.reserve(seeds.size());
  for (std::uint64_t seed : seeds) generators_.push_back(at::detail::createCPUGenerator(seed));
}

torch::Tensor ImageGenerators::normal(torch::IntArrayRef shape) {
  std::vector<torch::Tensor> rows;
  rows.reserve(generators_.size());
  for (torch::Generator& generator : generators_) {
    rows.push_back(torch::randn(shape, generator, torch::dtype(torch::kFloat32)));
  }
  return torch::stack(rows);
}

}  // namespace glyffuser
