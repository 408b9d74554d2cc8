#include "glyffuser/nn/weights.hpp"

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/tensor/diffusers_weights.hpp"

namespace glyffuser {
namespace {

constexpr std::size_t kShown = 10;  // of each kind of mismatch; the counts are always complete

using Names = std::vector<std::string>;

std::string listed(const char* kind, const Names& names) {
  if (names.empty()) return "";
  const Names shown(names.begin(),
                    names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kShown)));
  return cat("; ", names.size(), " ", kind, ": ", join(shown, ", "), names.size() > kShown ? ", …" : "");
}

std::string mismatches(const std::map<std::string, torch::Tensor>& parameters,
                       const std::map<std::string, torch::Tensor>& found) {
  Names missing, foreign, shapes, dtypes;
  for (const auto& [name, parameter] : parameters) {
    const auto tensor = found.find(name);
    if (tensor == found.end()) {
      missing.push_back(name);
    } else if (tensor->second.sizes() != parameter.sizes()) {
      shapes.push_back(cat(name, " ", tensor->second.sizes(), " instead of ", parameter.sizes()));
    } else if (!tensor->second.is_floating_point()) {
      dtypes.push_back(cat(name, " ", torch::toString(tensor->second.scalar_type())));
    }
  }
  for (const auto& [name, tensor] : found) {
    if (!parameters.contains(name)) foreign.push_back(name);
  }
  return listed("missing", missing) + listed("not of this model", foreign) +
         listed("of another shape", shapes) + listed("not floating-point", dtypes);
}

/// Until diffusers 0.15 the attentions of a UNet2DModel had names of their own; it renames them, too, when it
/// reads such files (ModelMixin._convert_deprecated_attention_blocks).
std::string present_name(const std::string& name) {
  static const std::map<std::string, std::string> kNow = {
      {"query", "to_q"}, {"key", "to_k"}, {"value", "to_v"}, {"proj_attn", "to_out.0"}};
  std::vector<std::string> parts = split(name, '.');  // … attentions, 0, query, weight
  if (parts.size() < 4 || parts[parts.size() - 4] != "attentions") return name;
  std::string& part = parts[parts.size() - 2];
  if (const auto now = kNow.find(part); now != kNow.end()) part = now->second;
  return join(parts, ".");
}

std::map<std::string, torch::Tensor> with_present_names(const std::map<std::string, torch::Tensor>& found) {
  std::map<std::string, torch::Tensor> result;
  for (const auto& [name, tensor] : found) result.emplace(present_name(name), tensor);
  return result;
}

std::map<std::string, torch::Tensor> by_name(const UNet& unet) {
  std::map<std::string, torch::Tensor> parameters;
  for (const auto& item : unet.named_parameters()) parameters.emplace(item.key(), item.value());
  return parameters;
}

}  // namespace

void load_weights(UNet& unet, const std::filesystem::path& file_or_folder) {
  const auto parameters = by_name(unet);
  const auto found = with_present_names(read_diffusers_weights(file_or_folder).tensors);
  const std::string wrong = mismatches(parameters, found);
  if (!wrong.empty()) {
    throw FileError(cat(file_or_folder.string(), " does not hold the ", parameters.size(),
                        " tensors of this UNet's configuration", wrong));
  }
  const torch::NoGradGuard no_grad;
  for (auto [name, parameter] : parameters) parameter.copy_(found.at(name));
}

void save_weights(const UNet& unet, const std::filesystem::path& file, torch::Dtype dtype) {
  auto parameters = by_name(unet);
  for (auto& [name, parameter] : parameters) parameter = parameter.detach().to(dtype);
  write_safetensors(file, parameters, {{"format", "pt"}});  // diffusers refuses files without this note
}

}  // namespace glyffuser
