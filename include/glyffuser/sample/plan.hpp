#pragma once
// The pictures of a sampling job, one after the other, with their files and places in the grid: a function of
// the configuration alone, worked out as it is asked for, so that a job may have millions.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "glyffuser/sample/requests.hpp"

namespace glyffuser {

/// What pictures must share to be drawn together: the number of steps and the guidance scale.
using PictureGroup = std::pair<std::int64_t, double>;

struct Picture {
  std::uint64_t index = 0;  ///< in the job
  std::string prompt;       ///< UTF-8; empty for an unconditional model
  std::string negative_prompt;
  std::uint64_t seed = 0;
  std::int64_t steps = 0;
  double guidance_scale = 1;
  std::filesystem::path file;  ///< empty: only in the grid
  std::string label;           ///< what tells it from the others of its row: its seed or number of steps
  std::size_t row = 0;         ///< in the grid
  std::size_t column = 0;

  PictureGroup group() const { return {steps, guidance_scale}; }
};

/// The grid's cells: prompts down and seeds across, in several rows if there are many; where a prompt has
/// several numbers of steps these go across, with a row per seed; one prompt alone is laid out as a near
/// square.
struct GridLayout {
  bool square = false;
  std::size_t rows = 0;
  std::size_t columns = 0;
};

class Plan {
 public:
  /// `conditional`: whether the model takes prompts. Throws ConfigError: no prompt for a conditional model, a
  /// prompt or negative prompt for an unconditional one, two pictures of one file, one file for pictures that
  /// have a grid beside them, a grid with a shard or of too many cells, seeds or a shard that are none.
  Plan(const SampleConfig& config, Requests requests, bool conditional);

  std::uint64_t size() const { return size_; }
  /// The number of pictures of each group.
  const std::map<PictureGroup, std::uint64_t>& groups() const { return groups_; }
  /// What all files lie below; empty if there is one picture file or grid alone.
  const std::filesystem::path& folder() const { return folder_; }
  /// Empty: none.
  const std::filesystem::path& grid() const { return grid_; }
  const GridLayout& layout() const { return layout_; }
  /// One for each row of the grid; empty: none.
  std::vector<std::string> row_labels() const;
  /// One for each column of the grid; empty: none.
  std::vector<std::string> column_labels() const;
  /// Whether each picture needs its own label, as those of a column have nothing in common.
  bool labels_pictures() const { return !layout_.square && differing_.columns; }
  /// Each request's prompt and the rows it takes in the grid.
  std::vector<std::pair<std::string, std::size_t>> rows_by_prompt() const;
  /// Above the grid, if its rows have no labels.
  std::string title() const;

 private:
  friend class Pictures;

  Request request(std::size_t index) const;
  std::filesystem::path file_of(const Request& request, const SeedList& seeds, std::uint64_t seed,
                                std::int64_t steps) const;
  std::filesystem::path prompt_folder(const Request& request) const;
  void measure();
  void check_files() const;
  void choose_grid(const SampleConfig& config);
  GridLayout cells_of(const Request& request) const;
  std::string row_label(const Request& request) const;

  Requests requests_;
  bool conditional_;
  std::filesystem::path out_;
  bool one_file_;
  bool serving_;  // one request of many: each prompt has its folder, and there is no grid
  std::uint64_t size_ = 0;
  std::map<PictureGroup, std::uint64_t> groups_;
  std::filesystem::path folder_;
  std::filesystem::path grid_;
  GridLayout layout_;
  struct {
    bool columns = false, steps = false, guidance_scale = false;
  } differing_;  // between the requests
};

/// The pictures of a plan: request by request, their numbers of steps, their seeds.
class Pictures {
 public:
  /// The plan must outlive this object.
  explicit Pictures(const Plan& plan);
  /// Nothing after the last.
  std::optional<Picture> next();

 private:
  void load(std::size_t request);

  const Plan& plan_;
  std::uint64_t index_ = 0;
  std::size_t at_ = 0;
  Request request_;
  std::optional<SeedList> seeds_;
  GridLayout cells_;     // of the request
  std::size_t row_ = 0;  // of the grid, where they begin
  std::size_t step_ = 0;
  std::uint64_t seed_ = 0;
};

}  // namespace glyffuser
