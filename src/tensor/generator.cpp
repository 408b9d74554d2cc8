#include "glyffuser/tensor/generator.hpp"

#include <ATen/CPUGeneratorImpl.h>

namespace glyffuser {

ImageGenerators::ImageGenerators(const std::vector<std::uint64_t>& seeds) {
  generators_.reserve(seeds.size());
  for (std::uint64_t seed : seeds) generators_.push_back(at::detail::createCPUGenerator(seed));
}

torch::Tensor ImageGenerators::normal(torch::IntArrayRef shape) {
  std::vector<std::int64_t> all = {static_cast<std::int64_t>(generators_.size())};
  all.insert(all.end(), shape.begin(), shape.end());
  const torch::Tensor rows = torch::empty(all);
  for (std::size_t k = 0; k < generators_.size(); ++k)
    rows[static_cast<std::int64_t>(k)].normal_(0, 1, generators_[k]);
  return rows;
}

}  // namespace glyffuser
