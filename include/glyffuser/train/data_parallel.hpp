#pragma once
// What makes a training of several processes the training of one: each has an equal share of every batch, all
// begin with rank 0's state, and gradients are added up at each step (Trainer::step), so that all stay the
// same.

#include "glyffuser/train/communicator.hpp"
#include "glyffuser/train/trainer.hpp"

namespace glyffuser {

/// Throws ConfigError if train.batch_size is not a multiple of the number of ranks, or if configuration or
/// data of a rank are not rank 0's.
void check_ranks_agree(const Communicator& ranks, const TrainConfig& config,
                       const std::string& resolved_config, const GlyphSet& glyphs);

/// Every rank's weights, averages, moments and counters become rank 0's: only rank 0 needs the checkpoint.
void take_state_of_first_rank(Trainer& trainer, const Communicator& ranks);

}  // namespace glyffuser
