#include "glyffuser/data/glyph_records.hpp"

#include <sys/mman.h>

#include <cstdint>

namespace glyffuser {

torch::Tensor empty_pictures(std::size_t count, std::int64_t side) {
  torch::Tensor pictures = torch::empty({static_cast<std::int64_t>(count), side, side}, torch::kUInt8);
#ifdef MADV_HUGEPAGE
  constexpr std::uintptr_t kPage = 1 << 21;
  const auto begin = reinterpret_cast<std::uintptr_t>(pictures.data_ptr());
  const auto first = (begin + kPage - 1) / kPage * kPage;
  const auto last = (begin + pictures.nbytes()) / kPage * kPage;
  // A hint: that it fails changes nothing but the time.
  if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
#endif
  return pictures;
}

}  // namespace glyffuser
