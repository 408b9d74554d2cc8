#include "glyffuser/train/data_parallel.hpp"

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

// The numbers that decide what a step does; the others are for reports, which rank 0 makes. All are exact in
// float64.
std::vector<double> counters_of(const TrainState& state) {
  const DivergenceState& d = state.divergence;
  return {static_cast<double>(state.step),
          static_cast<double>(state.samples),
          static_cast<double>(state.ema_updates),
          static_cast<double>(state.skipped_steps),
          static_cast<double>(d.good_steps),
          static_cast<double>(d.bad_in_a_row),
          d.loss.mean,
          d.loss.variance,
          d.grad_norm.mean,
          d.grad_norm.variance};
}

void take_counters(TrainState& state, const double* counters) {
  DivergenceState& d = state.divergence;
  for (std::int64_t* count : {&state.step, &state.samples, &state.ema_updates, &state.skipped_steps,
                              &d.good_steps, &d.bad_in_a_row})
    *count = static_cast<std::int64_t>(*counters++);
  for (double* value : {&d.loss.mean, &d.loss.variance, &d.grad_norm.mean, &d.grad_norm.variance})
    *value = *counters++;
}

}  // namespace

void check_ranks_agree(const Communicator& ranks, const TrainConfig& config,
                       const std::string& resolved_config, const GlyphSet& glyphs) {
  if (ranks.size() == 1) return;
  if (config.batch_size % ranks.size() != 0)
    throw ConfigError(cat("`train.batch_size` is ", config.batch_size, ", expected a multiple of ",
                          ranks.size(), ", the number of processes that share each batch (WORLD_SIZE)"));
  ranks.check_same(resolved_config, "configuration");
  ranks.check_same(glyphs.identity(), "data set");
}

void take_state_of_first_rank(Trainer& trainer, const Communicator& ranks) {
  if (ranks.size() == 1) return;
  Checkpoint state = trainer.checkpoint();
  std::vector<torch::Tensor> tensors;
  for (const auto* part : {&state.weights, &state.ema, &state.optimizer}) {
    for (const auto& [name, tensor] : *part) tensors.push_back(tensor);
  }
  tensors.push_back(torch::tensor(counters_of(state.state), torch::kFloat64));
  ranks.broadcast(tensors, "sending the state of rank 0");
  take_counters(state.state, tensors.back().const_data_ptr<double>());
  trainer.load(state);
}

}  // namespace glyffuser
