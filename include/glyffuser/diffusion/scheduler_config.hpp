#pragma once
// The noise schedule a model is trained with and how it is sampled, under diffusers' names, and its file
// scheduler/scheduler_config.json.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "glyffuser/config/fields.hpp"
#include "glyffuser/diffusion/solver_config.hpp"

namespace glyffuser {

/// diffusers' classes that are known here, as `_class_name` calls them.
inline constexpr const char* kDdpmScheduler = "DDPMScheduler";
inline constexpr const char* kDdimScheduler = "DDIMScheduler";
inline constexpr const char* kMultistepScheduler = "DPMSolverMultistepScheduler";
inline constexpr const char* kSdeScheduler = "DPMSolverSDEScheduler";

inline const config::Choices kBetaSchedules{"linear", "scaled_linear", "squaredcos_cap_v2"};
inline const config::Choices kPredictionTypes{"epsilon", "v_prediction", "sample"};
inline const config::Choices kTimestepSpacings{"leading", "linspace", "trailing"};

/// The keys of diffusers' schedulers that have a beta schedule, as far as they are known here. The defaults
/// are ours: a velocity model with a cosine schedule, sampled from the very last time step.
struct SchedulerConfig {
  /// `_class_name`: what samples; in YAML DDPMScheduler | DDIMScheduler | DPMSolverMultistepScheduler
  std::string class_name = kDdimScheduler;
  std::int64_t num_train_timesteps = 1000;          ///< T; time steps are 0 ... T-1
  std::string beta_schedule = "squaredcos_cap_v2";  ///< linear | scaled_linear | squaredcos_cap_v2
  double beta_start = 0.0001;                       ///< of linear and scaled_linear
  double beta_end = 0.02;
  std::vector<double> trained_betas;             ///< T values instead of a named schedule; only in JSON
  bool rescale_betas_zero_snr = false;           ///< Lin et al. 2023 (arXiv 2305.08891), algorithm 1
  std::string prediction_type = "v_prediction";  ///< epsilon | v_prediction | sample
  std::string timestep_spacing = "trailing";     ///< leading | linspace | trailing
  std::int64_t steps_offset = 0;                 ///< added to leading time steps
  bool set_alpha_to_one = true;               ///< the last DDIM step ends at 1 instead of alphas_cumprod[0]
  std::string variance_type = "fixed_small";  ///< of DDPM: fixed_small | fixed_large
  bool clip_sample = true;                    ///< clamp the predicted x_0 to +-clip_sample_range
  double clip_sample_range = 1.0;
  bool thresholding = false;                  ///< dynamic thresholding (Imagen) instead of the clamp
  double dynamic_thresholding_ratio = 0.995;  ///< quantile of |x_0| per image
  double sample_max_value = 1.5;              ///< largest threshold, at least 1, which is the plain clamp
  SolverConfig solver;                        ///< of the DPM-Solvers
};

void describe(config::Fields& fields, SchedulerConfig& config);

/// The same with clip_sample off, which diffusers' DPM-Solvers do not know.
SchedulerConfig without_clip(SchedulerConfig config);

/// Throws ConfigError for values that cannot work together, as zero terminal SNR with epsilon prediction
/// (x_0 would be divided by zero), or that have no meaning, as an unknown beta_schedule.
void validate(const SchedulerConfig& config);

/// The same for the keys that every scheduler looks at: schedule, prediction and clipping.
void validate_schedule(const SchedulerConfig& config);

/// The same for those that a scheduler of diffusers' class `class_name` looks at.
void validate_for(const std::string& class_name, const SchedulerConfig& config);

/// Reads a scheduler_config.json of any diffusers scheduler that has a beta schedule. Missing keys have
/// diffusers' defaults of that class, unknown ones are ignored, and `class_name` is kept as found. Throws
/// FileError naming the file and the key for a wrong type or a value that no scheduler could do with; the
/// rest is for make_scheduler to judge, since the model may be drawn with another one.
SchedulerConfig read_scheduler_config(const std::filesystem::path& file);

/// Writes the keys that diffusers' class `class_name` expects, and of those that only other classes have, but
/// for variance_type, the ones that are not as usual. Throws RunError, and ConfigError for a class that a
/// training cannot name.
void write_scheduler_config(const std::filesystem::path& file, const SchedulerConfig& config);

}  // namespace glyffuser
