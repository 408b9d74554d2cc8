#pragma once
// A new run that begins with the weights of a finished model instead of random ones (train.init_from).

#include <filesystem>

#include "glyffuser/train/trainer.hpp"

namespace glyffuser {

/// Gives a trainer that has not made a step the UNet weights of a model folder (diffusers' layout,
/// model.hpp); the averages begin with them too, the optimizer from nothing. Throws FileError as load_model
/// does, and ConfigError with the keys in which the folder's architecture is not `network`'s.
void start_from_model(Trainer& trainer, const std::filesystem::path& folder, const NetworkConfig& network);

}  // namespace glyffuser
