#pragma once
// A UNet's config.json, as diffusers reads and writes it.

#include <filesystem>
#include <string>

#include "glyffuser/nn/unet_config.hpp"

namespace glyffuser {

/// Reads a diffusers config.json; keys that it lacks have diffusers' defaults. Throws FileError (file, line,
/// key, value, what is supported) for anything outside this family.
UNetConfig read_unet_config(const std::filesystem::path& file);

/// The config.json that diffusers' from_pretrained reads without complaint.
std::string unet_config_json(const UNetConfig& config);

}  // namespace glyffuser
