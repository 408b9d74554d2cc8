#include "glyffuser/image/drawing.hpp"

#include <algorithm>
#include <cmath>

namespace glyffuser {

Color mix(Color from, Color to, double share) {
  const auto between = [share](int a, int b) {
    return static_cast<std::uint8_t>(std::lround(a + (b - a) * std::clamp(share, 0.0, 1.0)));
  };
  return {between(from.red, to.red), between(from.green, to.green), between(from.blue, to.blue)};
}

Color from_ramp(const std::vector<Color>& ramp, double share) {
  const double place = std::clamp(share, 0.0, 1.0) * static_cast<double>(ramp.size() - 1);
  const auto first = std::min(static_cast<std::size_t>(place), ramp.size() - 1);
  return mix(ramp[first], ramp[std::min(first + 1, ramp.size() - 1)], place - static_cast<double>(first));
}

}  // namespace glyffuser
