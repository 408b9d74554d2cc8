#include "glyffuser/umap/contours.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_map>

namespace glyffuser {
namespace {

/// Lattice edges are numbered: 2 (j nx + i) goes from place (i, j) to the right, + 1 upwards in j.
using Edge = std::int64_t;

/// The pieces of all lines: each joins two lattice edges, and each edge belongs to at most two pieces, one of
/// either square beside it.
class Pieces {
 public:
  Pieces(const Lattice& lattice, const torch::Tensor& values, double level)
      : lattice_(lattice), values_(values.contiguous()), value_(values_.data_ptr<double>()), level_(level) {
    for (std::int64_t j = 0; j + 1 < lattice.ny; ++j) {
      for (std::int64_t i = 0; i + 1 < lattice.nx; ++i) add_square(i, j);
    }
  }

  std::vector<std::vector<Point>> lines() const {
    std::vector<std::vector<Point>> lines;
    std::unordered_map<Edge, bool> done;
    const auto follow = [&](Edge start) {
      if (done[start]) return;
      std::vector<Point> line;
      for (Edge at = start; at >= 0;) {
        done[at] = true;
        line.push_back(crossing(at));
        const auto& [a, b] = joined_.at(at);
        const Edge next = a >= 0 && !done[a] ? a : b >= 0 && !done[b] ? b : -1;
        if (next < 0 && line.size() > 2 && (a == start || b == start)) line.push_back(line.front());
        at = next;
      }
      lines.push_back(std::move(line));
    };
    // Open lines from their ends first; what is left is closed.
    for (const Edge edge : order_) {
      if (joined_.at(edge)[1] < 0) follow(edge);
    }
    for (const Edge edge : order_) follow(edge);
    return lines;
  }

 private:
  double at(std::int64_t i, std::int64_t j) const { return value_[j * lattice_.nx + i]; }

  void join(Edge a, Edge b) {
    for (const auto& [from, to] : {std::pair(a, b), std::pair(b, a)}) {
      const auto [place, is_new] = joined_.try_emplace(from, std::array<Edge, 2>{to, -1});
      if (is_new)
        order_.push_back(from);
      else
        place->second[1] = to;
    }
  }

  void add_square(std::int64_t i, std::int64_t j) {
    const std::array<double, 4> corner = {at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)};
    const Edge bottom = 2 * (j * lattice_.nx + i), left = bottom + 1;
    const std::array<Edge, 4> side = {bottom, left + 2, bottom + 2 * lattice_.nx, left};
    // Side s lies between corners s and s + 1.
    std::vector<Edge> crossed;
    for (std::size_t s = 0; s < 4; ++s) {
      if ((corner[s] >= level_) != (corner[(s + 1) % 4] >= level_)) crossed.push_back(side[s]);
    }
    if (crossed.size() == 2) join(crossed[0], crossed[1]);
    if (crossed.size() != 4) return;
    const bool middle = (corner[0] + corner[1] + corner[2] + corner[3]) / 4 >= level_;
    // Corners 1 and 3 are cut off if the middle belongs to 0 and 2.
    const bool cut_one = middle == (corner[0] >= level_);
    join(crossed[0], crossed[cut_one ? 1 : 3]);
    join(crossed[2], crossed[cut_one ? 3 : 1]);
  }

  Point crossing(Edge edge) const {
    const std::int64_t place = edge / 2, i = place % lattice_.nx, j = place / lattice_.nx;
    const bool upwards = edge % 2 == 1;
    const double from = at(i, j), to = upwards ? at(i, j + 1) : at(i + 1, j);
    const double share = (level_ - from) / (to - from);
    return {lattice_.x0 + lattice_.step * (static_cast<double>(i) + (upwards ? 0 : share)),
            lattice_.y0 + lattice_.step * (static_cast<double>(j) + (upwards ? share : 0))};
  }

  const Lattice& lattice_;
  torch::Tensor values_;
  const double* value_;
  double level_;
  std::unordered_map<Edge, std::array<Edge, 2>> joined_;
  std::vector<Edge> order_;  // of the edges' first appearance, so that equal input gives equal lines
};

}  // namespace

std::vector<std::vector<Point>> contour_lines(const Lattice& lattice, const torch::Tensor& values,
                                              double level) {
  return Pieces(lattice, values, level).lines();
}

}  // namespace glyffuser
