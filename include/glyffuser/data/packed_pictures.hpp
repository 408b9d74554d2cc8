#pragma once
// Square grey pictures of one size, kept as PackBits: the 21,000 glyphs take 53 MB of memory instead of 348.

#include <torch/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace glyffuser {

class PackedPictures {
 public:
  /// Fills the side² pixels of one picture, row by row. `worker` tells the threads apart, from 0 on.
  using Draw = std::function<void(std::size_t worker, std::size_t picture, std::span<std::uint8_t> pixels)>;

  PackedPictures() = default;

  /// `count` pictures of `side` pixels a side, each packed as soon as it is drawn, by so many threads.
  /// Rethrows what `draw` throws.
  static PackedPictures drawn(std::size_t count, std::int64_t side, std::size_t threads, const Draw& draw);

  /// Takes over `bytes`, in which picture i lies packed from starts[i] to starts[i + 1] (ascending, within
  /// `bytes`). Nothing if one of them is not the packed form of side² pixels.
  static std::optional<PackedPictures> from(std::string bytes, std::vector<std::size_t> starts,
                                            std::int64_t side, std::size_t threads);

  std::size_t size() const { return starts_.size() - 1; }
  /// Pixels a side; 0 if default-made.
  std::int64_t side() const { return side_; }

  /// One picture's packed bytes: equal pictures have equal ones, others do not.
  std::string_view packed(std::size_t picture) const;
  /// Those of all pictures one after the other.
  std::string_view packed() const;

  /// Fills the side² pixels of a picture.
  void unpack(std::size_t picture, std::span<std::uint8_t> pixels) const;

 private:
  std::string bytes_;
  std::vector<std::size_t> starts_{0};
  std::int64_t side_ = 0;
};

/// From uint8 [N,S,S].
PackedPictures pack_pictures(const torch::Tensor& pictures, std::size_t threads = 1);

/// `count` pictures from the `first` on, uint8 [count,S,S].
torch::Tensor unpack_pictures(const PackedPictures& pictures, std::size_t first, std::size_t count);

}  // namespace glyffuser
