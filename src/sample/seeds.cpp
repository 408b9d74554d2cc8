#include "glyffuser/sample/seeds.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

constexpr std::uint64_t kMostSeeds = 1'000'000'000;

}  // namespace

SeedList::SeedList(const std::string& text) {
  for (const std::string& part : split(text, ',')) {
    const auto dash = part.find('-');
    const auto first = parse_number<std::uint64_t>(trim(part.substr(0, dash)));
    const auto last =
        dash == std::string::npos ? first : parse_number<std::uint64_t>(trim(part.substr(dash + 1)));
    if (!first || !last || *last < *first || *last - *first >= kMostSeeds)
      throw ConfigError(
          cat("seeds `", text, "`: `", part, "` is not a seed or a range, expected a list such as 0-63,70"));
    append(*first, *last - *first + 1);
  }
}

std::uint64_t SeedList::operator[](std::uint64_t k) const {
  if (k >= size_) throw std::out_of_range("SeedList");
  const auto after =
      std::upper_bound(ranges_.begin(), ranges_.end(), k,
                       [](std::uint64_t place, const Range& range) { return place < range.begin; });
  const Range& range = *std::prev(after);
  return range.first + (k - range.begin);
}

void SeedList::append(std::uint64_t first, std::uint64_t count) {
  ranges_.push_back({first, size_});
  size_ += count;
}

}  // namespace glyffuser
