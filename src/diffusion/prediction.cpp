#include "glyffuser/diffusion/prediction.hpp"

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

torch::Tensor threshold_dynamically(const torch::Tensor& original, const SchedulerConfig& config) {
  const torch::Tensor magnitudes = original.flatten(1).to(torch::kFloat32).abs();
  std::vector<std::int64_t> shape(static_cast<std::size_t>(original.dim()), 1);
  shape[0] = original.size(0);
  const torch::Tensor limit = torch::quantile(magnitudes, config.dynamic_thresholding_ratio, 1)
                                  .clamp(1.0, config.sample_max_value)
                                  .view(shape)
                                  .to(original.dtype());
  return torch::clamp(original, -limit, limit) / limit;
}

}  // namespace

PredictionType parse_prediction_type(const std::string& name) {
  if (name == "epsilon") return PredictionType::epsilon;
  if (name == "v_prediction") return PredictionType::v_prediction;
  if (name == "sample") return PredictionType::sample;
  throw ConfigError(cat("prediction_type is ", name, ", expected epsilon, v_prediction or sample"));
}

torch::Tensor predicted_original(PredictionType type, const torch::Tensor& model_output,
                                 const torch::Tensor& sample, const Rates& rates) {
  switch (type) {
    case PredictionType::epsilon:
      return (sample - rates.noise * model_output) / rates.signal;
    case PredictionType::v_prediction:
      return rates.signal * sample - rates.noise * model_output;
    case PredictionType::sample:
      break;
  }
  return model_output;
}

torch::Tensor predicted_epsilon(PredictionType type, const torch::Tensor& model_output,
                                const torch::Tensor& sample, const Rates& rates) {
  switch (type) {
    case PredictionType::epsilon:
      return model_output;
    case PredictionType::v_prediction:
      return rates.signal * model_output + rates.noise * sample;
    case PredictionType::sample:
      break;
  }
  return epsilon_from_original(model_output, sample, rates);
}

torch::Tensor epsilon_from_original(const torch::Tensor& original, const torch::Tensor& sample,
                                    const Rates& rates) {
  return (sample - rates.signal * original) / rates.noise;
}

torch::Tensor at_least_float32(const torch::Tensor& tensor) {
  return tensor.to(c10::promoteTypes(tensor.scalar_type(), torch::kFloat32));
}

bool clips(const SchedulerConfig& config) {
  return config.clip_sample || config.thresholding;
}

torch::Tensor clip_original(const torch::Tensor& original, const SchedulerConfig& config) {
  if (config.thresholding) return threshold_dynamically(original, config);
  if (config.clip_sample) return original.clamp(-config.clip_sample_range, config.clip_sample_range);
  return original;
}

}  // namespace glyffuser
