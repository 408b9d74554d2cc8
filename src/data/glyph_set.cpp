#include "glyffuser/data/glyph_set.hpp"

#include <c10/core/CachingDeviceAllocator.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <unordered_map>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/data/glyph_cache.hpp"
#include "glyffuser/data/image_folder.hpp"
#include "glyffuser/data/real_glyphs.hpp"
#include "glyffuser/data/rendering.hpp"
#include "glyffuser/data/split.hpp"

namespace glyffuser {
namespace {

// The float value of each ink coverage.
std::array<float, 256> make_pixel_values() {
  std::array<float, 256> values{};
  for (std::size_t ink = 0; ink < values.size(); ++ink) values[ink] = 1.0F - static_cast<float>(ink) / 127.5F;
  return values;
}

const std::array<float, 256>& pixel_values() {
  static const std::array<float, 256> kValues = make_pixel_values();
  return kValues;
}

/// Glyph by glyph on the CPU.
torch::Tensor converted(const PackedPictures& ink, std::span<const std::int64_t> glyphs) {
  const std::array<float, 256>& values = pixel_values();
  const std::int64_t side = ink.side();
  const torch::Tensor images = torch::empty({static_cast<std::int64_t>(glyphs.size()), 1, side, side});
  std::vector<std::uint8_t> unpacked(static_cast<std::size_t>(side * side));
  float* pixel = images.data_ptr<float>();
  for (const std::int64_t glyph : glyphs) {
    ink.unpack(static_cast<std::size_t>(glyph), unpacked);
    for (const std::uint8_t byte : unpacked) *pixel++ = values[byte];
  }
  return images;
}

/// The same in tensor operations, on any device.
torch::Tensor look_up(const torch::Tensor& ink, std::span<const std::int64_t> glyphs) {
  const auto there = [&](const torch::Tensor& tensor) { return tensor.to(ink.device()); };
  const torch::Tensor places = there(torch::tensor(std::vector(glyphs.begin(), glyphs.end()), torch::kInt64));
  const torch::Tensor values = there(torch::tensor(torch::ArrayRef<float>(pixel_values()), torch::kFloat));
  const torch::Tensor chosen = ink.index_select(0, places).unsqueeze(1);
  return values.index_select(0, chosen.flatten().to(torch::kInt)).view(chosen.sizes());
}

GlyphRecords rendered_glyphs(const DataConfig& config) {
  return rendered_or_cached(config, glyph_key(config), [&] { return render_glyphs(config); });
}

}  // namespace

GlyphSet::GlyphSet(GlyphRecords records, const std::vector<bool>& held_out)
    : ink_(std::move(records.ink)),
      code_points_(std::move(records.code_points)),
      file_names_(std::move(records.file_names)) {
  std::unordered_map<std::string, std::int64_t> known;
  for (std::size_t glyph = 0; glyph < records.captions.size(); ++glyph) {
    const auto next = static_cast<std::int64_t>(captions_.size());
    const auto [place, is_new] = known.emplace(records.captions[glyph], next);
    if (is_new) captions_.push_back(std::move(records.captions[glyph]));
    caption_indices_.push_back(place->second);
    (held_out.at(glyph) ? held_out_ : training_).push_back(static_cast<std::int64_t>(glyph));
  }
}

std::string GlyphSet::identity() const {
  Sha256 hash;
  for (const std::string& caption : captions_) hash.update(caption).update("\n");
  for (const std::int64_t caption : caption_indices_) hash.update(cat(caption, " "));
  for (const std::int64_t glyph : training_) hash.update(cat(glyph, " "));
  return hash.update(ink_.packed()).hex();
}

const std::string& GlyphSet::caption(std::int64_t glyph) const {
  return captions_.at(static_cast<std::size_t>(caption_indices_.at(static_cast<std::size_t>(glyph))));
}

torch::Tensor GlyphSet::ink(std::int64_t first, std::int64_t count) const {
  if (first < 0 || count < 0 || count > size() - first)
    throw std::out_of_range(cat("glyphs ", first, " to ", first + count, " of ", size()));
  return unpack_pictures(ink_, static_cast<std::size_t>(first), static_cast<std::size_t>(count));
}

void GlyphSet::keep_on(const torch::Device& device) {
  constexpr std::int64_t kTimes = 8, kBlock = 1024;
  const auto free = [&] {
    return c10::getDeviceAllocator(device.type())->getMemoryInfo(device.index()).first;
  };
  const std::int64_t bytes = size() * image_size() * image_size();
  if (!device.is_cpu() && bytes > static_cast<std::int64_t>(free()) / kTimes) return;
  ink_there_ = torch::empty({size(), image_size(), image_size()},
                            torch::TensorOptions().dtype(torch::kUInt8).device(device));
  for (std::int64_t first = 0; first < size(); first += kBlock) {
    const std::int64_t count = std::min(kBlock, size() - first);
    ink_there_.narrow(0, first, count).copy_(ink(first, count));
  }
}

torch::Tensor GlyphSet::images(std::span<const std::int64_t> glyphs) const {
  for (const std::int64_t glyph : glyphs) {
    if (glyph < 0 || glyph >= size()) throw std::out_of_range(cat("glyph ", glyph, " of ", size()));
  }
  return ink_there_.defined() ? look_up(ink_there_, glyphs) : converted(ink_, glyphs);
}

GlyphSet load_glyphs(const DataConfig& config) {
  const auto start = std::chrono::steady_clock::now();
  GlyphRecords records = config.folder ? read_image_folder(config) : rendered_glyphs(config);
  const std::vector<bool> held_out =
      hold_out(records, config.held_out, static_cast<std::uint64_t>(config.split_seed));
  GlyphSet glyphs(std::move(records), held_out);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  log::info(cat(glyphs.size(), " glyphs of ", glyphs.image_size(), " pixels with ", glyphs.captions().size(),
                " distinct captions, ", glyphs.held_out().size(), " held out, ready after ",
                human_seconds(took.count())));
  if (!config.folder && config.font_size > config.image_size)
    log::warning(cat("`data.font_size` is ", config.font_size, ", more than `data.image_size` (",
                     config.image_size, "): what does not fit is cut off, expected such as ",
                     drawn_at({}, config.image_size).font_size));
  if (config.held_out > 0 && glyphs.held_out().empty())
    log::warning(
        "no glyph is held out: all groups that share captions or pictures are larger than data.held_out "
        "allows");
  return glyphs;
}

void require_captions(const GlyphSet& glyphs, const std::string& otherwise) {
  for (const std::string& caption : glyphs.captions()) {
    if (caption.empty())
      throw ConfigError(cat("the pictures of `data.folder` have no captions, expected a `text` in each line ",
                            "of its metadata.jsonl, or ", otherwise));
  }
}

}  // namespace glyffuser
