#include "glyffuser/tensor/generator.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>

namespace glyffuser {

ImageGenerators::ImageGenerators(const std::vector<std::uint64_t>& seeds) {
  generators_.reserve(seeds.size());
  for (std::uint64_t seed : seeds) generators_.push_back(at::detail::createCPUGenerator(seed));
}

torch::Tensor ImageGenerators::normal(torch::IntArrayRef shape, bool page_locked) {
  constexpr std::int64_t kGrain = 16;  // images for a thread; one of 128 pixels takes 40 microseconds
  const auto count = static_cast<std::int64_t>(generators_.size());
  std::vector<std::int64_t> all = {count};
  all.insert(all.end(), shape.begin(), shape.end());
  const torch::Tensor rows = torch::empty(all, torch::TensorOptions().pinned_memory(page_locked));
  auto* bytes = static_cast<char*>(rows.data_ptr());
  at::parallel_for(0, count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    // Rows of their own: the caller's may be of an inference mode that other threads are not in.
    for (std::int64_t k = begin; k < end; ++k) {
      void* row = bytes + k * static_cast<std::int64_t>(rows.nbytes()) / count;
      torch::from_blob(row, shape, rows.dtype()).normal_(0, 1, generators_[static_cast<std::size_t>(k)]);
    }
  });
  return rows;
}

}  // namespace glyffuser
