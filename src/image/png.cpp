#include "glyffuser/image/png.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <stdexcept>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/image/jpeg.hpp"
#include "glyffuser/image/png_chunks.hpp"

namespace {

// stb's own deflate makes files half as big again as zlib's best.
unsigned char* zlib_compress(unsigned char* data, int size, int* out_size, int /*quality*/) {
  uLongf length = compressBound(static_cast<uLong>(size));
  auto* out = static_cast<unsigned char*>(std::malloc(length));
  if (out == nullptr) return nullptr;
  if (compress2(out, &length, data, static_cast<uLong>(size), Z_BEST_COMPRESSION) != Z_OK) {
    std::free(out);
    return nullptr;
  }
  *out_size = static_cast<int>(length);
  return out;
}

}  // namespace

#define STBIW_ZLIB_COMPRESS zlib_compress
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
// Where a damaged file leaves something out it reads what it never wrote: zeros then, not what was there
// before.
#define STBI_MALLOC(size) std::calloc(1, size)
#define STBI_REALLOC(pointer, size) std::realloc(pointer, size)
#define STBI_FREE(pointer) std::free(pointer)
// Its other formats are rare, and damaged files of theirs crash it.
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_GIF
#define STBI_ONLY_BMP
#include <stb_image.h>

namespace glyffuser {
namespace {

struct FreePixels {
  void operator()(unsigned char* data) const { std::free(data); }
};
using StbPixels = std::unique_ptr<unsigned char, FreePixels>;

constexpr std::size_t kHeaderEnd = 8 + 12 + 13;  // signature and the IHDR chunk
constexpr int kLongestSide = 16'384;             // of a picture that is read, in pixels,
constexpr std::int64_t kMostPixels = 1LL << 27;  // and of all of it: larger than any photograph
constexpr std::size_t kMore = 64;  // stb takes zeros for what a file lacks: other bytes after its end show it

/// A picture of any format that stb reads, as pairs of grey and alpha.
struct Decoded {
  explicit Decoded(const std::string& bytes) {
    int channels = 0;
    pixels.reset(stbi_load_from_memory(reinterpret_cast<const unsigned char*>(bytes.data()),
                                       static_cast<int>(bytes.size()), &width, &height, &channels,
                                       STBI_grey_alpha));
  }

  std::size_t size() const { return static_cast<std::size_t>(width) * static_cast<std::size_t>(height); }
  bool operator==(const Decoded& other) const {
    return pixels && other.pixels && width == other.width && height == other.height &&
           std::equal(pixels.get(), pixels.get() + 2 * size(), other.pixels.get());
  }

  int width = 0, height = 0;
  StbPixels pixels;  // none: not readable
};

/// Before a few bytes become gigabytes.
void check_size(const std::string& bytes, const std::filesystem::path& file) {
  int width = 0, height = 0, channels = 0;
  if (stbi_info_from_memory(reinterpret_cast<const unsigned char*>(bytes.data()),
                            static_cast<int>(bytes.size()), &width, &height, &channels) == 0)
    return;                                               // decoding says what is wrong
  if (height == std::numeric_limits<int>::min()) return;  // the same
  height = std::abs(height);                              // of a BMP whose first row is on top it is below 0
  if (width < 1 || height < 1) throw FileError(cat(file.string(), " has no pixels"));
  if (std::max(width, height) > kLongestSide || std::int64_t{width} * height > kMostPixels)
    throw FileError(cat(file.string(), " has ", width, " x ", height, " pixels, expected at most ",
                        kLongestSide, " a side and ", kMostPixels, " in all"));
}

/// Grey and alpha laid over white.
std::uint8_t over_white(int gray, int alpha) {
  return static_cast<std::uint8_t>((gray * alpha + 255 * (255 - alpha) + 127) / 255);
}

}  // namespace

void invert(std::span<const std::uint8_t> from, std::span<std::uint8_t> to) {
  std::transform(from.begin(), from.end(), to.begin(),
                 [](std::uint8_t value) { return static_cast<std::uint8_t>(255 - value); });
}

bool has_png_name(const std::filesystem::path& file) {
  return lower(file.extension().string()) == ".png";
}

std::string encode_png(const GrayImage& image, const PngText& text) {
  const auto count = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  const std::size_t with_filters = count + static_cast<std::size_t>(image.height);
  if (with_filters > static_cast<std::size_t>(std::numeric_limits<int>::max()))  // stb counts in int
    throw std::invalid_argument("encode_png: the picture has 2^31 pixels or more");
  if (image.width <= 0 || image.height <= 0 || image.pixels.size() != count) {
    throw std::invalid_argument("encode_png: the pixels do not fill a picture of this width and height");
  }
  // Anti-aliased glyphs are a seventh smaller unfiltered than with the filters stb would choose.
  [[maybe_unused]] static const int filter = stbi_write_force_png_filter = 0;
  int size = 0;
  const StbPixels encoded(
      stbi_write_png_to_mem(image.pixels.data(), image.width, image.width, image.height, 1, &size));
  if (!encoded) throw std::bad_alloc();
  const std::string_view bytes(reinterpret_cast<const char*>(encoded.get()), static_cast<std::size_t>(size));
  std::string png(bytes.substr(0, kHeaderEnd));
  for (const auto& [keyword, value] : text) png += png::text_chunk(keyword, value);
  return png.append(bytes.substr(kHeaderEnd));
}

void write_png(const std::filesystem::path& file, const GrayImage& image, const PngText& text) {
  write_file_atomically(file, encode_png(image, text));
}

GrayImage read_image(const std::filesystem::path& file) {
  const std::string bytes = read_file(file);
  if (png::is_png(bytes)) png::read_chunks(bytes, file);  // stb checks no checksums
  if (is_jpeg(bytes) && !has_sound_huffman_tables(bytes))
    throw FileError(cat(file.string(), " is damaged: one of its Huffman tables is not sound or missing"));
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw FileError(cat(file.string(), " has ", bytes.size(), " bytes; expected a picture below 2 GB"));
  }
  check_size(bytes, file);
  const Decoded decoded(bytes);
  if (!decoded.pixels) {
    throw FileError(cat(file.string(), " is no readable picture (", stbi_failure_reason(),
                        "), expected PNG, JPEG, GIF or BMP"));
  }
  if (!png::is_png(bytes) && Decoded(bytes + std::string(kMore, '\xff')) != decoded)
    throw FileError(cat(file.string(), " is cut short"));
  GrayImage image{decoded.width, decoded.height, std::vector<std::uint8_t>(decoded.size())};
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = over_white(decoded.pixels.get()[2 * i], decoded.pixels.get()[2 * i + 1]);
  }
  return is_jpeg(bytes) ? upright(std::move(image), exif_orientation(bytes)) : image;
}

std::map<std::string, std::string> read_png_text(const std::filesystem::path& file) {
  const std::string bytes = read_file(file);
  if (!png::is_png(bytes)) throw FileError(cat(file.string(), " is not a PNG file"));
  std::map<std::string, std::string> texts;
  for (const png::Chunk& chunk : png::read_chunks(bytes, file)) {
    if (auto text = png::parse_text(chunk, file)) texts.insert(std::move(*text));
  }
  return texts;
}

}  // namespace glyffuser
