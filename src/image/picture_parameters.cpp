#include "glyffuser/image/picture_parameters.hpp"

#include <nlohmann/json.hpp>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

/// As AUTOMATIC1111 writes a value: one that its grammar would split is a JSON string.
std::string quoted(const std::string& value) {
  if (value.find_first_of(",:\n\"") == std::string::npos) return value;
  return nlohmann::json(value).dump();
}

}  // namespace

std::string parameters_line(const PictureParameters& p) {
  const std::string negative =
      p.negative_prompt.empty() ? std::string() : cat("\nNegative prompt: ", p.negative_prompt);
  std::string other;
  for (const auto& [name, value] : p.other) other += cat(", ", name, ": ", quoted(value));
  return cat(p.prompt, negative, "\nSteps: ", p.steps, ", Sampler: ", quoted(p.scheduler),
             ", CFG scale: ", shortest(p.guidance_scale), ", Seed: ", p.seed, ", Size: ", p.width, "x",
             p.height, ", Model hash: ", p.model_hash, ", Model: ", quoted(p.model), other);
}

std::string parameters_json(const PictureParameters& p) {
  nlohmann::ordered_json json = {{"prompt", p.prompt},
                                 {"negative_prompt", p.negative_prompt},
                                 {"steps", p.steps},
                                 {"scheduler", p.scheduler},
                                 {"timestep_spacing", p.timestep_spacing},
                                 {"eta", p.eta},
                                 {"guidance_scale", p.guidance_scale},
                                 {"guidance_rescale", p.guidance_rescale},
                                 {"precision", p.precision},
                                 {"seed", p.seed},
                                 {"width", p.width},
                                 {"height", p.height},
                                 {"model", p.model},
                                 {"model_hash", p.model_hash},
                                 {"noise", p.noise}};
  for (const auto& [name, value] : p.other) json[name] = value;
  try {
    return json.dump();
  } catch (const nlohmann::json::type_error&) {
    throw ConfigError(cat("the prompt \"", p.prompt, "\" is not valid UTF-8"));
  }
}

PngText picture_text(const PictureParameters& parameters) {
  const std::string json = parameters_json(parameters);  // first: it refuses what is not UTF-8
  return {{"parameters", parameters_line(parameters)}, {"glyffuser", json}};
}

}  // namespace glyffuser
