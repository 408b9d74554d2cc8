#pragma once
// Exponential moving average of the weights, as diffusers' EMAModel (training_utils.py) with use_ema_warmup.
// The averaging itself is part of the optimizer's pass over the weights (AdamW::step, Followers).

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "glyffuser/train/optimizer.hpp"

namespace glyffuser {

/// The decay of update n = 1, 2, …: 0 for the first, then 1 - (1 + (n-1)/inv_gamma)^-power up to `decay`.
double ema_decay(const EmaConfig& config, std::int64_t update);

class Ema {
 public:
  /// Starts as a copy of the parameters, in float32 on their device.
  Ema(const NamedParameters& parameters, const EmaConfig& config);

  /// For the next update: average += weight · (parameter − average), where weight is 1 − decay.
  const std::vector<torch::Tensor>& averages() const { return averages_; }
  double next_weight() const { return 1.0 - ema_decay(config_, updates_ + 1); }
  /// That update has been done.
  void count_update() { ++updates_; }

  /// The averages under the parameters' names; tensors share memory.
  std::map<std::string, torch::Tensor> state() const;
  std::int64_t updates() const { return updates_; }
  /// Throws as copy_by_name does.
  void load(const std::map<std::string, torch::Tensor>& state, std::int64_t updates);

  /// While the object lives the parameters hold the averages; their own values come back afterwards.
  class Applied {
   public:
    explicit Applied(Ema& ema);
    ~Applied();
    Applied(const Applied&) = delete;
    Applied& operator=(const Applied&) = delete;

   private:
    Ema& ema_;
  };

 private:
  void swap();

  EmaConfig config_;
  std::vector<std::string> names_;
  std::vector<torch::Tensor> parameters_, averages_;
  std::int64_t updates_ = 0;
};

}  // namespace glyffuser
