#include "glyffuser/umap/umap_export.hpp"

#include <ATen/Parallel.h>

#include <array>
#include <filesystem>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/machine.hpp"
#include "glyffuser/core/paths.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/data/glyph_set.hpp"
#include "glyffuser/image/raster.hpp"
#include "glyffuser/image/svg.hpp"
#include "glyffuser/model/model.hpp"
#include "glyffuser/nn/unet_config_json.hpp"
#include "glyffuser/umap/features.hpp"
#include "glyffuser/umap/figure.hpp"
#include "glyffuser/umap/layout.hpp"
#include "glyffuser/umap/memory.hpp"
#include "glyffuser/umap/page.hpp"
#include "glyffuser/umap/page_template.hpp"
#include "glyffuser/umap/samples.hpp"
#include "glyffuser/umap/stages.hpp"
#include "glyffuser/umap/tables.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kFewestGlyphs = 5;
constexpr const char* kMetrics = "umap_metrics.json";
constexpr std::array kResults = {"umap.csv", "umap.npy", "umap.svg", "umap.png", "umap.html", kMetrics};
constexpr double kPngScale = 1.25;  // pixels per unit of the figure

std::string title_of(const DataConfig& data) {
  if (data.folder) return cat("Pictures of ", folder_name(*data.folder));
  return cat("Glyphs of ", fs::path(data.font).stem().string());
}

GlyphSet load(const MapJob& job) {
  const std::int64_t announced = announced_pictures(job.data);
  require_memory(map_bytes(announced, job.data.image_size, job.umap), available_memory(), announced);
  GlyphSet glyphs = load_glyphs(job.data);
  if (glyphs.size() < kFewestGlyphs)
    throw ConfigError(
        cat("the data set has ", glyphs.size(), " glyphs, expected at least ", kFewestGlyphs, " for a map"));
  require_memory(map_bytes(glyphs.size(), glyphs.image_size(), job.umap), available_memory(), glyphs.size());
  return glyphs;
}

std::int64_t neighbours_of(const UmapConfig& config, std::int64_t glyphs) {
  if (config.n_neighbors < glyphs) return config.n_neighbors;
  log::warning(cat("umap.n_neighbors is ", config.n_neighbors, ", lowered to ", glyphs - 1, " for ", glyphs,
                   " glyphs"));
  return glyphs - 1;
}

/// Where a map lies another may take its place, where files of others do none.
void check_results(const fs::path& folder) {
  std::error_code ignored;
  if (fs::exists(folder / kMetrics, ignored)) return;
  for (const char* name : kResults) {
    if (fs::exists(folder / name, ignored))
      throw ConfigError(cat((folder / name).string(), ": is there already and, without a ", kMetrics,
                            " beside it, no map of glyffuser's, expected another --out"));
  }
}

/// One map from data to files.
class Exporter {
 public:
  Exporter(const MapJob& job, const torch::Device& device, const GlyphSet& glyphs, Stages& stages)
      : job_(job), config_(job.umap), device_(device), glyphs_(glyphs), stages_(stages) {
    data_.glyphs = &glyphs;
    data_.title = title_of(job.data);
    data_.sample_steps = config_.steps;
  }

  void run(const std::function<void(const std::string&)>& written) {
    data_.facts = read_character_facts(glyphs_.code_points(), config_);
    lay_out_glyphs();
    measure();
    show_noise();
    write(written);
  }

 private:
  void lay_out_glyphs() {
    pixels_ = stages_.run("pixels", [&](const ShareSink&) { return pooled_glyphs(glyphs_); });
    features_ = stages_.run("features", [&](const ShareSink& share) {
      return make_features(glyphs_, pixels_, config_, job_.text_encoder, device_, share);
    });
    const std::int64_t k = neighbours_of(config_, glyphs_.size());
    const Neighbours neighbours = stages_.run("neighbours", [&](const ShareSink& share) {
      return nearest_neighbours(features_.values, features_.values, k, /*skip_own=*/true, share);
    });
    MapMetrics& metrics = data_.metrics;
    metrics.components = graph_components(neighbours);
    const LayoutOptions options{.min_dist = config_.min_dist,
                                .epochs = config_.epochs,
                                .seed = static_cast<std::uint64_t>(job_.seed)};
    const Layout layout = stages_.run("layout", [&](const ShareSink& share) {
      return lay_out(neighbours, features_.start, options, share);
    });
    data_.places = layout.places;
    metrics.features = features_.description;
    metrics.n_neighbors = k;
    metrics.min_dist = config_.min_dist;
    metrics.initialisation = layout.initialisation;
    metrics.epochs = layout.epochs;
    metrics.seed = job_.seed;
    log::info(cat("the graph of neighbours has ", metrics.components,
                  metrics.components == 1 ? " component" : " components", "; the layout began from the ",
                  layout.initialisation == "spectral" ? "graph's spectrum" : layout.initialisation));
  }

  void measure() {
    Quality& quality = data_.metrics.quality;
    quality = stages_.run("quality", [&](const ShareSink& share) {
      return measure_quality(pixels_, data_.places, data_.metrics.n_neighbors, config_.queries,
                             static_cast<std::uint64_t>(job_.seed), share);
    });
    log::info(cat("trustworthiness ", fixed(quality.trustworthiness, 3), ", neighbours kept ",
                  fixed(100 * quality.neighbours_kept, 1), " %, triplets in order ",
                  fixed(100 * quality.triplet_order, 1), " % (chance: 50 %)"));
  }

  void show_noise() {
    const auto seed = static_cast<std::uint64_t>(job_.seed);
    data_.lobes = find_lobes(pixels_, data_.places, data_.facts);
    data_.plane = stages_.run("plane", [&](const ShareSink&) {
      return make_plane(data_.places, {.timesteps = config_.timesteps,
                                       .bandwidth = config_.bandwidth,
                                       .score_epsilon = config_.score_epsilon,
                                       .seed = seed});
    });
    Samples samples;
    if (!config_.model.empty()) {
      samples = stages_.run("samples", [&](const ShareSink& share) {
        return draw_samples(config_, job_.text_encoder, glyphs_.image_size(), seed, device_, share);
      });
      data_.prompts = samples.prompts;
    }
    const LayerOptions options{.timesteps = config_.timesteps,
                               .noised_glyphs = config_.noised_glyphs,
                               .n_neighbors = data_.metrics.n_neighbors,
                               .seed = seed,
                               .sample_steps = config_.steps};
    data_.layers = stages_.run("pixel distances", [&](const ShareSink& share) {
      return make_picture_layers(glyphs_, features_, data_.places, samples.pictures, options, share);
    });
  }

  void write(const std::function<void(const std::string&)>& written) {
    const std::string page = stages_.run("page", [&](const ShareSink&) {
      const auto threads = static_cast<std::size_t>(torch::get_num_threads());
      const TilePages tiles = make_tiles(glyphs_.ink(), config_.tile_size, threads);
      const torch::Tensor& ink = data_.layers.sample_ink;
      const TilePages sample_tiles =
          make_tiles(ink.defined() ? ink : glyphs_.ink(0, 0), config_.tile_size, 1);
      return make_page(page_template(), page_json(data_, tiles, sample_tiles), tiles, sample_tiles);
    });
    const Drawing figure = make_figure(data_.plane, data_.lobes);
    const std::string png = stages_.run("figure", [&](const ShareSink&) {
      return encode_rgb_png(rasterise(figure, kPngScale, find_label_font()));
    });
    data_.metrics.seconds = stages_.seconds();
    const fs::path out = config_.out;
    // The metrics first: by them a map is known.
    write_files_atomically({{out / kMetrics, metrics_json(data_)},
                            {out / "umap.csv", map_csv(glyphs_, data_.facts, data_.places)},
                            {out / "umap.npy", npy(data_.places)},
                            {out / "umap.svg", to_svg(figure)},
                            {out / "umap.png", png},
                            {out / "umap.html", page}});
    for (const char* name : kResults) written((out / name).string());
  }

  const MapJob& job_;
  const UmapConfig& config_;
  torch::Device device_;
  const GlyphSet& glyphs_;
  Stages& stages_;
  torch::Tensor pixels_;
  FeatureSpace features_;
  MapData data_;
};

}  // namespace

void umap_export(const MapJob& job, const torch::Device& device, const Cancellation& cancelled, bool quiet,
                 const std::function<void(const std::string&)>& written) {
  validate(job.umap);
  if (!job.umap.model.empty()) {
    check_is_model(job.umap.model);
    const fs::path unet = fs::path(job.umap.model) / "unet/config.json";
    check_samples(job.umap, read_unet_config(unet).is_conditional());
  }
  check_results(job.umap.out);
  ensure_folder(job.umap.out);
  Stages stages(cancelled, quiet);
  try {
    const GlyphSet glyphs = stages.run("glyphs", [&](const ShareSink&) { return load(job); });
    Exporter(job, device, glyphs, stages).run(written);
  } catch (const Stopped&) {
    log::info("stopped; nothing was written");
  }
}

}  // namespace glyffuser
