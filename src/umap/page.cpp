#include "glyffuser/umap/page.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "glyffuser/core/data_page.hpp"
#include "glyffuser/core/encoding.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/core/version.hpp"
#include "glyffuser/umap/layout.hpp"

namespace glyffuser {
namespace {

using Json = nlohmann::ordered_json;

/// Four decimals: a hundredth of a pixel of a large screen.
double rounded(double value) {
  return std::round(value * 1e4) / 1e4;
}

Json column(const torch::Tensor& places, std::int64_t axis) {
  Json numbers = Json::array();
  const auto at = places.accessor<float, 2>();
  for (std::int64_t i = 0; i < places.size(0); ++i)
    numbers.push_back(rounded(static_cast<double>(at[i][axis])));
  return numbers;
}

Json points_json(const MapData& data) {
  const GlyphSet& glyphs = *data.glyphs;
  Json codes = Json::array();
  for (const char32_t code : glyphs.code_points()) codes.push_back(static_cast<std::uint32_t>(code));
  std::vector<int> split(static_cast<std::size_t>(glyphs.size()), 0);
  for (const std::int64_t glyph : glyphs.held_out()) split[static_cast<std::size_t>(glyph)] = 1;
  return {{"x", column(data.places, 0)},
          {"y", column(data.places, 1)},
          {"code", codes},
          {"name", glyphs.file_names().empty() ? Json(nullptr) : Json(glyphs.file_names())},
          {"caption", glyphs.caption_indices()},
          {"captions", glyphs.captions()},
          {"radical", data.facts.radicals},
          {"strokes", data.facts.strokes},
          {"layout", data.facts.layouts},
          {"layouts", data.facts.layout_names},
          {"block", data.facts.blocks},
          {"blocks", data.facts.block_names},
          {"split", split}};
}

Json frame_json(const PlaneFrame& frame) {
  Json contours = Json::array(), arrows = Json::array();
  for (const MassContour& contour : frame.contours) {
    Json paths = Json::array();
    for (const auto& path : contour.paths) {
      Json flat = Json::array();
      for (const Point& point : path) {
        flat.push_back(rounded(point.x));
        flat.push_back(rounded(point.y));
      }
      paths.push_back(std::move(flat));
    }
    contours.push_back({{"mass", contour.mass}, {"paths", std::move(paths)}});
  }
  for (const Arrow& arrow : frame.arrows)
    arrows.push_back(
        {rounded(arrow.at.x), rounded(arrow.at.y), rounded(arrow.u), rounded(arrow.v), arrow.faint ? 1 : 0});
  return {{"t", frame.timestep},          {"signal", frame.signal},          {"noise", frame.noise},
          {"bandwidth", frame.bandwidth}, {"contours", std::move(contours)}, {"arrows", std::move(arrows)}};
}

Json plane_json(const Plane& plane) {
  Json frames = Json::array();
  for (const PlaneFrame& frame : plane.frames) frames.push_back(frame_json(frame));
  return {{"mean", plane.mean}, {"std", plane.deviation}, {"frames", std::move(frames)}};
}

Json groups_json(const std::vector<PictureGroup>& groups, const char* number) {
  Json out = Json::array();
  for (const PictureGroup& group : groups) {
    Json points = Json::array();
    for (const MapPoint& point : group.points)
      points.push_back({rounded(point.at.x), rounded(point.at.y), point.source, point.off ? 1 : 0});
    out.push_back({{number, group.number}, {"points", std::move(points)}});
  }
  return out;
}

Json transform_json(const MapData& data, const TilePages& sample_tiles) {
  if (data.layers.empty()) return nullptr;
  return {{"noised", groups_json(data.layers.noised, "t")},
          {"samples", groups_json(data.layers.samples, "steps")},
          {"sample_tile", {{"size", sample_tiles.size}, {"per_row", sample_tiles.per_row}}},
          {"prompts", data.layers.samples.empty() ? std::vector<std::string>{} : data.prompts}};
}

Json distances_json(const PictureLayers& layers) {
  if (layers.distances.empty()) return nullptr;
  Json rows = Json::array();
  for (const DistanceRow& row : layers.distances) {
    Json to_mean = Json::array(), to_nearest = Json::array();
    for (const double value : row.to_mean) to_mean.push_back(rounded(value));
    for (const double value : row.to_nearest) to_nearest.push_back(rounded(value));
    rows.push_back(
        {{"group", row.group}, {"name", row.name}, {"to_mean", to_mean}, {"to_nearest", to_nearest}});
  }
  return {{"rows", std::move(rows)}};
}

Json lobes_json(const std::vector<Lobe>& lobes) {
  Json out = Json::array();
  for (const Lobe& lobe : lobes)
    out.push_back({{"x", rounded(lobe.at.x)}, {"y", rounded(lobe.at.y)}, {"text", lobe.text}});
  return out;
}

Json metrics_of(const MapMetrics& metrics) {
  return {{"trustworthiness", rounded(metrics.quality.trustworthiness)},
          {"neighbours_kept", rounded(metrics.quality.neighbours_kept)},
          {"triplet_order", rounded(metrics.quality.triplet_order)},
          {"k", metrics.quality.k},
          {"n_neighbors", metrics.n_neighbors},
          {"queries", metrics.quality.queries},
          {"initialisation", metrics.initialisation},
          {"components", metrics.components},
          {"features", metrics.features},
          {"min_dist", metrics.min_dist},
          {"seed", metrics.seed},
          {"epochs", metrics.epochs},
          {"versions",
           {{"glyffuser", version().version}, {"libtorch", version().torch}, {"umappp", umappp_version()}}}};
}

}  // namespace

std::string page_json(const MapData& data, const TilePages& tiles, const TilePages& sample_tiles) {
  Json radicals = Json::object();
  for (const auto& [number, glyph] : data.facts.radical_glyphs) radicals[cat(number)] = glyph;
  const Json page = {{"title", data.title},
                     {"count", data.glyphs->size()},
                     {"tile",
                      {{"size", tiles.size},
                       {"per_row", tiles.per_row},
                       {"per_page", tiles.per_page},
                       {"pages", tiles.pages.size()}}},
                     {"points", points_json(data)},
                     {"radicals", std::move(radicals)},
                     {"lobes", lobes_json(data.lobes)},
                     {"plane", plane_json(data.plane)},
                     {"transform", transform_json(data, sample_tiles)},
                     {"distances", distances_json(data.layers)},
                     {"metrics", metrics_of(data.metrics)}};
  return page.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string metrics_json(const MapData& data) {
  Json metrics = metrics_of(data.metrics);
  metrics["glyphs"] = data.glyphs->size();
  metrics["held_out"] = data.glyphs->held_out().size();
  if (!data.layers.distances.empty()) {
    metrics["distances"] = distances_json(data.layers)["rows"];
    metrics["distance_unit"] = data.layers.unit;
  }
  metrics["program"] = version_line();
  for (const auto& [stage, seconds] : data.metrics.seconds)
    metrics["seconds"][stage] = std::round(seconds * 1000) / 1000;
  return metrics.dump(2) + "\n";
}

std::string make_page(std::string_view page, const std::string& json, const TilePages& tiles,
                      const TilePages& sample_tiles) {
  std::string blocks = page_block("map-data", gzip(json));
  for (std::size_t i = 0; i < tiles.pages.size(); ++i) blocks += page_block(cat("tiles-", i), tiles.pages[i]);
  if (!sample_tiles.pages.empty()) blocks += page_block("sample-tiles", sample_tiles.pages.front());
  return fill_page(page, blocks);
}

}  // namespace glyffuser
