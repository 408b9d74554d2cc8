#pragma once
// The seeds of a prompt's pictures, as ranges: a million take no more memory than one.

#include <cstdint>
#include <string>
#include <vector>

namespace glyffuser {

class SeedList {
 public:
  /// first … first + count - 1.
  SeedList(std::uint64_t first, std::uint64_t count) { append(first, count); }
  /// "0-63,70". Throws ConfigError for text that is not such a list.
  explicit SeedList(const std::string& text);

  std::uint64_t size() const { return size_; }
  /// The k-th. Throws std::out_of_range for k >= size().
  std::uint64_t operator[](std::uint64_t k) const;
  bool operator==(const SeedList&) const = default;

 private:
  struct Range {
    std::uint64_t first;  // seed
    std::uint64_t begin;  // its place in the list
    bool operator==(const Range&) const = default;
  };

  void append(std::uint64_t first, std::uint64_t count);

  std::vector<Range> ranges_;
  std::uint64_t size_ = 0;
};

}  // namespace glyffuser
