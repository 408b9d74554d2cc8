#pragma once
// The grid of a job's pictures, collected as they are finished.

#include <string>
#include <vector>

#include "glyffuser/image/grid_columns.hpp"
#include "glyffuser/sample/plan.hpp"

namespace glyffuser {

/// A picture's neighbour in the grid, with the text below it; of no pixels: none.
struct Resemblance {
  GrayImage image;
  std::string label;
};

class Sheet {
 public:
  /// The plan must outlive this object.
  explicit Sheet(const Plan& plan) : plan_(plan) {}

  /// Whether there is to be a grid at all.
  bool wanted() const { return !plan_.grid().empty(); }
  /// Puts a finished picture into its cell; kept only if wanted().
  void add(const Picture& picture, GrayImage image, Resemblance resemblance = {});
  /// Real glyphs of what row `row` shows; they stand at its end.
  void add_real(std::size_t row, std::vector<GrayImage> glyphs);
  /// Writes plan.grid(). Throws RunError.
  void write() const;

 private:
  Grid pictures() const;
  Grid resemblances() const;
  Grid real() const;

  const Plan& plan_;
  std::vector<GrayImage> cells_;     // row by row; of no pixels where there is no picture
  std::vector<std::string> labels_;  // of the cells; none where rows and columns have theirs
  std::vector<Resemblance> resemblances_;
  std::vector<std::vector<GrayImage>> real_;  // by row
};

}  // namespace glyffuser
