#pragma once
// The grid of a job's pictures, collected as they are finished.

#include <filesystem>
#include <vector>

#include "glyffuser/image/png.hpp"
#include "glyffuser/sample/plan.hpp"

namespace glyffuser {

class Sheet {
 public:
  /// The plan must outlive this object.
  explicit Sheet(const Plan& plan) : plan_(plan) {}

  /// Whether there is to be a grid at all.
  bool wanted() const { return !plan_.grid().empty(); }
  void add(const Picture& picture, GrayImage image);
  /// Writes plan.grid(). Throws RunError.
  void write() const;

 private:
  const Plan& plan_;
  std::vector<GrayImage> cells_;  // row by row; empty where there is no picture
};

}  // namespace glyffuser
