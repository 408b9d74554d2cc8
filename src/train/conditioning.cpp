#include "glyffuser/train/conditioning.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <stdexcept>

#include "glyffuser/core/hash.hpp"

namespace glyffuser {
namespace {

constexpr int kValidations = 3;
constexpr std::int64_t kSamples = 100'000;

// Equal captions stand together, but neighbours are random: in the data's order they would share a radical.
std::vector<std::size_t> places_by_caption(const std::vector<std::int64_t>& captions) {
  std::vector<std::size_t> places(captions.size());
  std::iota(places.begin(), places.end(), 0);
  const auto key = [&](std::size_t place) {
    return derive_seed(0, "deranged", static_cast<std::uint64_t>(captions[place]));
  };
  std::stable_sort(places.begin(), places.end(),
                   [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  return places;
}

std::size_t most_frequent(const std::vector<std::int64_t>& captions) {
  std::map<std::int64_t, std::size_t> counts;
  std::size_t most = 0;
  for (const std::int64_t caption : captions) most = std::max(most, ++counts[caption]);
  return most;
}

}  // namespace

// In a row where equal captions stand together, a shift by the longest group leads out of every group.
std::vector<std::int64_t> deranged(const std::vector<std::int64_t>& captions) {
  const std::size_t shift = most_frequent(captions);
  if (2 * shift > captions.size()) return {};
  const auto places = places_by_caption(captions);
  std::vector<std::int64_t> others(captions.size());
  for (std::size_t i = 0; i < places.size(); ++i)
    others[places[i]] = captions[places[(i + shift) % places.size()]];
  return others;
}

PairedGain paired_gain(const std::vector<double>& own, const std::vector<double>& others) {
  if (own.size() != others.size() || own.empty())
    throw std::invalid_argument("paired_gain: expected as many losses with own captions as with others");
  const auto count = static_cast<double>(own.size());
  PairedGain gain;
  for (std::size_t i = 0; i < own.size(); ++i) gain.mean += (others[i] - own[i]) / count;
  if (own.size() < 2) return gain;
  double squares = 0;
  for (std::size_t i = 0; i < own.size(); ++i) squares += std::pow(others[i] - own[i] - gain.mean, 2);
  gain.standard_error = std::sqrt(squares / (count - 1) / count);
  return gain;
}

bool ConditioningWatch::warns(const PairedGain& gain, std::int64_t samples) {
  const bool useful = gain.mean > 2 * gain.standard_error;
  useless_in_a_row_ = useful ? 0 : useless_in_a_row_ + 1;
  if (warned_ || useless_in_a_row_ < kValidations || samples < kSamples) return false;
  warned_ = true;
  return true;
}

}  // namespace glyffuser
