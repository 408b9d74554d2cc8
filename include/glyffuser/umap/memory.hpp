#pragma once
// Whether a map fits into the memory, asked before it is too late.

#include <cstdint>
#include <string>

#include "glyffuser/data/data_config.hpp"
#include "glyffuser/umap/config.hpp"

namespace glyffuser {

/// Bytes that the map of `count` pictures takes at most, their ink included.
std::uint64_t map_bytes(std::int64_t count, std::int64_t image_size, const UmapConfig& config);

/// How many pictures the configuration names, as far as that is known without reading them: the lines of a
/// folder's metadata.jsonl. 0 if it is not.
std::int64_t announced_pictures(const DataConfig& config);

/// Throws RunError, with both figures, if `needed` is more than `available`, unless that is 0: not known.
void require_memory(std::uint64_t needed, std::uint64_t available, std::int64_t count);

}  // namespace glyffuser
