#pragma once
// PackBits (Apple; TIFF 6.0, section 9): runs of equal bytes in two bytes. Glyphs shrink to about a quarter
// and unpack at memory speed.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace glyffuser {

/// Appends the packed form of `bytes` to `packed`.
void pack_bits(std::span<const std::uint8_t> bytes, std::vector<std::uint8_t>& packed);

/// Fills `bytes` from its packed form. False, with `bytes` in any state, if `packed` is not the packed form
/// of exactly that many bytes.
bool unpack_bits(std::span<const std::uint8_t> packed, std::span<std::uint8_t> bytes);

}  // namespace glyffuser
