#pragma once
// One CPU random generator per image, so that an image depends on its own seed and on nothing else: not on
// its neighbours, the batch size or the device.

#include <torch/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace glyffuser {

class ImageGenerators {
 public:
  /// Generator k starts as Python's torch.Generator("cpu").manual_seed(seeds[k]).
  explicit ImageGenerators(const std::vector<std::uint64_t>& seeds);

  std::size_t size() const { return generators_.size(); }

  /// The next standard-normal numbers: float32 [N, shape...] on the CPU. Row k is what
  /// torch.randn(shape, generator=generator k) draws, and advances generator k alone.
  /// `page_locked`: in memory that a GPU reads at full speed, which takes one to be there.
  torch::Tensor normal(torch::IntArrayRef shape, bool page_locked = false);

 private:
  std::vector<torch::Generator> generators_;
};

}  // namespace glyffuser
