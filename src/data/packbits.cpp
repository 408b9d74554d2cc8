#include "glyffuser/data/packbits.hpp"

#include <algorithm>
#include <cstring>

namespace glyffuser {
namespace {

constexpr std::size_t kLongest = 128;  // bytes that one header can stand for

std::size_t run_length(std::span<const std::uint8_t> bytes, std::size_t at) {
  const std::size_t end = std::min(bytes.size(), at + kLongest);
  std::size_t next = at + 1;
  while (next < end && bytes[next] == bytes[at]) ++next;
  return next - at;
}

}  // namespace

void pack_bits(std::span<const std::uint8_t> bytes, std::vector<std::uint8_t>& packed) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t run = run_length(bytes, at);
    if (run > 1) {  // header 257 - n: the next byte n times
      packed.push_back(static_cast<std::uint8_t>(257 - run));
      packed.push_back(bytes[at]);
      at += run;
      continue;
    }
    // A run of two costs as much as it saves inside literals, so only three equal bytes end them.
    std::size_t end = at + 1;
    while (end < bytes.size() && end - at < kLongest && run_length(bytes, end) < 3) ++end;
    packed.push_back(static_cast<std::uint8_t>(end - at - 1));  // header n - 1: n bytes as they are
    packed.insert(packed.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                  bytes.begin() + static_cast<std::ptrdiff_t>(end));
    at = end;
  }
}

bool unpack_bits(std::span<const std::uint8_t> packed, std::span<std::uint8_t> bytes) {
  std::size_t at = 0;
  std::size_t done = 0;
  while (at < packed.size()) {
    const unsigned header = packed[at++];
    const bool literal = header < kLongest;
    const std::size_t length = literal ? header + 1 : 257 - header;
    const std::size_t source = literal ? length : 1;
    if (header == kLongest || length > bytes.size() - done || source > packed.size() - at) return false;
    if (literal)
      std::memcpy(bytes.data() + done, packed.data() + at, length);
    else
      std::memset(bytes.data() + done, packed[at], length);
    at += source;
    done += length;
  }
  return done == bytes.size();
}

}  // namespace glyffuser
