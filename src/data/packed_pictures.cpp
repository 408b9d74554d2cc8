#include "glyffuser/data/packed_pictures.hpp"

#include <algorithm>
#include <atomic>
#include <stdexcept>

#include "glyffuser/core/parallel.hpp"
#include "glyffuser/data/packbits.hpp"

namespace glyffuser {
namespace {

std::size_t area_of(std::int64_t side) {
  return static_cast<std::size_t>(side * side);
}

bool unpack_from(std::string_view packed, std::span<std::uint8_t> pixels) {
  return unpack_bits({reinterpret_cast<const std::uint8_t*>(packed.data()), packed.size()}, pixels);
}

}  // namespace

PackedPictures PackedPictures::drawn(std::size_t count, std::int64_t side, std::size_t threads,
                                     const Draw& draw) {
  std::vector<std::vector<std::uint8_t>> parts(count);
  in_parallel(count, threads, [&](std::size_t worker, std::size_t first, std::size_t last) {
    std::vector<std::uint8_t> pixels(area_of(side));
    for (std::size_t i = first; i < last; ++i) {
      draw(worker, i, pixels);
      pack_bits(pixels, parts[i]);
    }
  });
  PackedPictures pictures;
  pictures.side_ = side;
  std::size_t bytes = 0;
  for (const auto& part : parts) pictures.starts_.push_back(bytes += part.size());
  pictures.bytes_.reserve(bytes);
  for (const auto& part : parts) pictures.bytes_.append(part.begin(), part.end());
  return pictures;
}

std::optional<PackedPictures> PackedPictures::from(std::string bytes, std::vector<std::size_t> starts,
                                                   std::int64_t side, std::size_t threads) {
  PackedPictures pictures;
  pictures.bytes_ = std::move(bytes);
  pictures.starts_ = std::move(starts);
  pictures.side_ = side;
  std::atomic<bool> whole = true;
  in_parallel(pictures.size(), threads, [&](std::size_t, std::size_t first, std::size_t last) {
    std::vector<std::uint8_t> pixels(area_of(side));
    for (std::size_t i = first; i < last; ++i)
      if (!unpack_from(pictures.packed(i), pixels)) whole = false;
  });
  if (!whole) return std::nullopt;
  return pictures;
}

std::string_view PackedPictures::packed(std::size_t picture) const {
  const std::size_t start = starts_[picture];
  return std::string_view(bytes_).substr(start, starts_[picture + 1] - start);
}

std::string_view PackedPictures::packed() const {
  return std::string_view(bytes_).substr(starts_.front(), starts_.back() - starts_.front());
}

void PackedPictures::unpack(std::size_t picture, std::span<std::uint8_t> pixels) const {
  if (!unpack_from(packed(picture), pixels)) throw std::logic_error("a packed picture of another size");
}

PackedPictures pack_pictures(const torch::Tensor& pictures, std::size_t threads) {
  const torch::Tensor all = pictures.contiguous();
  const auto* first = all.const_data_ptr<std::uint8_t>();
  return PackedPictures::drawn(static_cast<std::size_t>(all.size(0)), all.size(1), threads,
                               [&](std::size_t, std::size_t picture, std::span<std::uint8_t> pixels) {
                                 std::copy_n(first + picture * pixels.size(), pixels.size(), pixels.begin());
                               });
}

torch::Tensor unpack_pictures(const PackedPictures& pictures, std::size_t first, std::size_t count) {
  const std::int64_t side = pictures.side();
  const torch::Tensor unpacked = torch::empty({static_cast<std::int64_t>(count), side, side}, torch::kUInt8);
  const std::size_t area = area_of(side);
  for (std::size_t i = 0; i < count; ++i)
    pictures.unpack(first + i, {unpacked.data_ptr<std::uint8_t>() + i * area, area});
  return unpacked;
}

}  // namespace glyffuser
