#pragma once
// A model: a UNet, the schedule it was trained with, and how its pixels are laid out; and the folder in the
// diffusers layout that holds it.

#include <torch/types.h>

#include <filesystem>
#include <memory>
#include <string>

#include "glyffuser/diffusion/scheduler_config.hpp"
#include "glyffuser/model/model_info.hpp"
#include "glyffuser/nn/unet.hpp"

namespace glyffuser {

struct Model {
  std::string name;  ///< the folder's name, for labels and metadata
  std::shared_ptr<UNet> unet;
  SchedulerConfig scheduler;
  ModelInfo info;
};

/// Throws FileError if there is no folder of that name, or one that holds no model: before work that only
/// later needs it.
void check_is_model(const std::filesystem::path& folder);

/// Reads DIR/unet, DIR/scheduler and DIR/glyffuser.json (which a plain diffusers folder need not have). The
/// UNet comes in evaluation mode, float32, channels_last on the device. Throws FileError naming the file:
/// missing, damaged, not of our family, or parts that do not fit each other.
Model load_model(const std::filesystem::path& folder, const torch::Device& device);

/// Ten hexadecimal digits over all that pictures depend on: the files of DIR/unet and DIR/scheduler,
/// DIR/glyffuser.json, and `text_encoder`'s encoder.pt, spiece.model and tokenizer_config.json where
/// there are such. Throws FileError.
std::string model_hash(const std::filesystem::path& folder, const std::filesystem::path& text_encoder);

/// Whether the folder holds a text encoder of its own (text_encoder/encoder.pt).
bool has_text_encoder(const std::filesystem::path& model_folder);

/// The folder whose text_encoder/ and tokenizer/ a conditional model draws with: `given` (--text-encoder), or
/// the model's own if that is empty. Throws FileError if there is none, or no encoder in the folder.
std::filesystem::path text_encoder_of(const std::filesystem::path& model_folder, const std::string& given);

/// What save_model needs beside the model.
struct ModelExtras {
  std::filesystem::path text_encoder;  ///< folder with text_encoder/ and tokenizer/ to copy; empty: none
  std::string card;                    ///< README.md
  torch::Dtype dtype = torch::kFloat32;
  /// Tokens of the longest text that the model was trained with, for the copied tokenizer; empty: its own.
  std::optional<std::int64_t> max_length = {};
};

/// Writes the whole folder, or nothing: unet/, scheduler/, glyffuser.json, model_index.json, pipeline.py,
/// README.md, and for a conditional model text_encoder/ and tokenizer/. Of a folder that is there already
/// these are replaced, and whatever else it holds is kept. Throws RunError, FileError if the text encoder's
/// files or those that are kept cannot be read, and ConfigError as write_scheduler_config.
void save_model(const std::filesystem::path& folder, const Model& model, const ModelExtras& extras);

/// Lays the convolution weights out channels_last, the faster layout of the kernels on CPU and GPU.
void to_channels_last(UNet& unet);

}  // namespace glyffuser
