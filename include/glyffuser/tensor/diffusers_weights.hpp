#pragma once
// The files in which diffusers keeps one model's weights (its save_pretrained): whole or in shards, in full
// precision or as a variant such as fp16.

#include <filesystem>

#include "glyffuser/tensor/safetensors.hpp"

namespace glyffuser {

/// The weights of one diffusers model by name, in whatever dtypes the files have: a file as it is; a folder
/// by the first of
///   diffusion_pytorch_model.safetensors.index.json            shards, named in it
///   diffusion_pytorch_model.safetensors
///   diffusion_pytorch_model.safetensors.index.VARIANT.json    shards, if the folder has just one variant;
///     or diffusion_pytorch_model.VARIANT.safetensors.index.json
///   diffusion_pytorch_model.VARIANT.safetensors
/// Throws FileError: none of these, several variants, a shard that is missing or lacks a tensor. A .bin file
/// is a pickle, which can run code when it is read, and is refused with the way to convert it.
SafetensorsFile read_diffusers_weights(const std::filesystem::path& file_or_folder);

}  // namespace glyffuser
