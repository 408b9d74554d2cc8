#pragma once
// What a model folder is, for `sample --describe`: from its files and its card, for people and for programs.

#include <cstdint>
#include <filesystem>
#include <string>

namespace glyffuser {

/// Sentences are "" where the folder does not tell.
struct ModelDescription {
  std::string name;  ///< the folder's
  std::string hash;  ///< model_hash, which pictures carry
  bool conditional = false;
  std::int64_t image_size = 0;            ///< pixels, height and width
  std::int64_t patch_size = 1;            ///< pixel-unshuffle factor
  double pixel_low = -1, pixel_high = 1;  ///< the model's values of black and white
  std::int64_t parameters = 0;            ///< of the UNet
  std::int64_t flops = 0;                 ///< of a picture's time step without guidance (forward_flops)
  std::string dtype;                      ///< of the weights' file: float32, float16, bfloat16, or a list
  std::string network;                    ///< the UNet in words
  std::string schedule;                   ///< the diffusion in words
  std::string scheduler;                  ///< what samples unless another is asked for, in words
  std::string text_encoder;               ///< the text encoder in words
  std::int64_t steps = 0, samples = 0;    ///< of the training; 0: not told
  std::string data, training;             ///< the card's lines of these names
  std::string quality, licences;          ///< the first paragraphs of the card's sections of these names
};

/// `text_encoder`: the folder whose text_encoder/ and tokenizer/ the model would draw with. Reads the whole
/// model, so that what is described can be drawn with. Throws FileError as load_model and model_hash do.
ModelDescription describe_model(const std::filesystem::path& folder,
                                const std::filesystem::path& text_encoder);

/// Lines `what: value`, no longer than a terminal's hundred columns; what is not told is left out.
std::string to_text(const ModelDescription& description);

/// One line of JSON with the members' names; what is not told is null.
std::string to_json(const ModelDescription& description);

}  // namespace glyffuser
