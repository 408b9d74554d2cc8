#pragma once
// A UNet's weights as a safetensors file in diffusers' names and layout.

#include <filesystem>

#include "glyffuser/nn/unet.hpp"

namespace glyffuser {

/// Fills the parameters from a file or a folder (sharded or not, tensor/diffusers_weights.hpp); float16,
/// bfloat16 and float64 are converted to the parameters' dtype. Throws one FileError that lists all missing
/// and foreign names, shapes that differ and tensors that are not floating-point; the UNet is untouched then.
void load_weights(UNet& unet, const std::filesystem::path& file_or_folder);

/// Writes the parameters as `dtype` (kFloat, kHalf, kBFloat16). Atomic; throws RunError.
void save_weights(const UNet& unet, const std::filesystem::path& file, torch::Dtype dtype = torch::kFloat);

}  // namespace glyffuser
