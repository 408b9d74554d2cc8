#include "glyffuser/umap/plane.hpp"

#include <algorithm>
#include <cmath>

#include "glyffuser/core/hash.hpp"
#include "glyffuser/umap/contours.hpp"

namespace glyffuser {
namespace {

const std::vector<double> kMasses = {0.95, 0.85, 0.75, 0.65, 0.55, 0.45, 0.35, 0.25, 0.15, 0.05};
constexpr double kFaintMass = 0.99;
constexpr double kMarginWidths = 3;    // of the lattice around the points
constexpr std::int64_t kAcross = 160;  // places of the lattice
constexpr std::int64_t kArrowsAcross = 20;

/// At t = 0 the article shows the data itself, not the first noised step.
void set_rates(PlaneFrame& frame, const NoiseSchedule& schedule) {
  if (frame.timestep == 0) return;
  const Rates rates = schedule.rates(frame.timestep);
  frame.signal = rates.signal.item<double>();
  frame.noise = rates.noise.item<double>();
}

torch::Tensor arrow_places() {
  const double cell = 2 * kPlaneView / kArrowsAcross;
  const torch::Tensor along = -kPlaneView + cell * (torch::arange(kArrowsAcross, torch::kFloat64) + 0.5);
  const std::vector<torch::Tensor> grid = torch::meshgrid({along, along}, "xy");
  return torch::stack({grid[0].flatten(), grid[1].flatten()}, 1);
}

/// d log(q + epsilon) = q / (q + epsilon) d log q.
torch::Tensor softened(const Score& score, double epsilon) {
  if (epsilon == 0) return score.gradient;
  const torch::Tensor density = score.log_density.exp();
  return score.gradient * (density / (density + epsilon)).unsqueeze(1);
}

std::vector<Arrow> make_arrows(const torch::Tensor& centres, const PlaneFrame& frame, double epsilon) {
  const torch::Tensor at = arrow_places();
  const Score score = score_at(at, centres, frame.bandwidth);
  const torch::Tensor gradient = softened(score, epsilon);
  const torch::Tensor size = gradient.norm(2, 1, true);
  const torch::Tensor faint = score.log_density < std::log(mass_levels(frame.density, {kFaintMass})[0]);
  // The usual size where there is data; where there is none, scores are many times as large.
  const torch::Tensor inside = size.squeeze(1).masked_select(faint.logical_not());
  const double usual = std::max(inside.numel() > 0 ? inside.median().item<double>() : 1.0, 1e-9);
  const double cell = 2 * kPlaneView / kArrowsAcross;
  const torch::Tensor drawn =
      (gradient * (cell * (size / (2 * usual)).tanh() / size.clamp_min(1e-12))).contiguous();
  std::vector<Arrow> arrows;
  const auto place = at.accessor<double, 2>(), arrow = drawn.accessor<double, 2>();
  for (std::int64_t i = 0; i < at.size(0); ++i)
    arrows.push_back({{place[i][0], place[i][1]}, arrow[i][0], arrow[i][1], faint[i].item<bool>()});
  return arrows;
}

std::vector<MassContour> make_contours(const PlaneFrame& frame) {
  std::vector<MassContour> contours;
  const std::vector<double> levels = mass_levels(frame.density, kMasses);
  for (std::size_t i = 0; i < levels.size(); ++i)
    contours.push_back({kMasses[i], contour_lines(frame.lattice, frame.density, levels[i])});
  return contours;
}

}  // namespace

NoiseSchedule plane_schedule() {
  SchedulerConfig config;
  config.beta_schedule = "linear";
  config.beta_start = 1e-4;
  config.beta_end = 0.02;
  config.num_train_timesteps = 1000;
  config.rescale_betas_zero_snr = false;
  return NoiseSchedule(config);
}

Plane make_plane(const torch::Tensor& places, const PlaneOptions& options) {
  const torch::NoGradGuard no_grad;
  Plane plane;
  const torch::Tensor all = places.to(torch::kFloat64);
  const torch::Tensor mean = all.mean(0);
  torch::Tensor deviation = all.std(0);
  deviation = torch::where(deviation > 0, deviation, 1.0);
  for (int axis = 0; axis < 2; ++axis) {
    plane.mean[axis] = mean[axis].item<double>();
    plane.deviation[axis] = deviation[axis].item<double>();
  }
  const torch::Tensor standard = (all - mean) / deviation;
  const double width = options.bandwidth.value_or(scott_bandwidth(all.size(0)));
  const NoiseSchedule schedule = plane_schedule();
  for (const std::int64_t timestep : options.timesteps) {
    PlaneFrame frame;
    frame.timestep = timestep;
    set_rates(frame, schedule);
    const torch::Generator generator = at::make_generator<at::CPUGeneratorImpl>(
        derive_seed(options.seed, "umap plane", static_cast<std::uint64_t>(timestep)));
    const torch::Tensor centres = frame.signal * standard;
    frame.points = centres + frame.noise * torch::randn(centres.sizes(), generator, torch::kFloat64);
    frame.bandwidth = std::hypot(frame.signal * width, frame.noise);
    frame.lattice = lattice_around(centres, kMarginWidths * frame.bandwidth, kAcross);
    frame.density = density_on(frame.lattice, centres, frame.bandwidth);
    frame.contours = make_contours(frame);
    frame.arrows = make_arrows(centres, frame, options.score_epsilon);
    plane.frames.push_back(std::move(frame));
  }
  return plane;
}

}  // namespace glyffuser
