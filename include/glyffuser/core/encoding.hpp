#pragma once
// Bytes in the forms that other formats carry them in: base64, gzip.

#include <string>
#include <string_view>

namespace glyffuser {

/// RFC 4648, section 4, with padding.
std::string base64(std::string_view bytes);

/// A gzip member (RFC 1952) of zlib's best compression, without name and time stamp: equal bytes give equal
/// results. Throws std::length_error for 4 GB and more, std::bad_alloc.
std::string gzip(std::string_view bytes);

}  // namespace glyffuser
