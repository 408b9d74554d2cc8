#pragma once
// Long curves made fit to be looked at: smoothed, and thinned out without losing their extremes.

#include <cstddef>
#include <vector>

namespace glyffuser {

/// An exponential moving average whose half-life grows with the curve: a fortieth of the values so far, at
/// least a quarter of one. So the smoothing is as fine at the steep beginning as it is calm later, and no
/// value changes as others follow. Values that are not finite are passed over; before the first finite one
/// the result is NaN.
std::vector<double> smoothed(const std::vector<double>& values);

/// Ascending indices of at most `limit` points (and the first and last) that stand for all points of all
/// curves: in each of equally long stretches those where a curve has its least and its greatest finite value.
/// All indices if there are no more than `limit`. The curves must be of one length.
std::vector<std::size_t> thinned(const std::vector<std::vector<double>>& curves, std::size_t limit);

}  // namespace glyffuser
