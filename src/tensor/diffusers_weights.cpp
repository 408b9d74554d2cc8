#include "glyffuser/tensor/diffusers_weights.hpp"

#include <regex>
#include <set>

#include "glyffuser/config/json.hpp"
#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

constexpr const char* kIndex = "diffusion_pytorch_model.safetensors.index.json";
constexpr const char* kWhole = "diffusion_pytorch_model.safetensors";

bool is_index(const fs::path& file) {
  return file.extension() == ".json";
}

[[noreturn]] void refuse_pickle(const fs::path& folder, const std::string& file) {
  throw FileError(cat((folder / file).string(),
                      ": is a pickle, which can run code when it is read, expected safetensors; Python "
                      "converts it: `UNet2DConditionModel.from_pretrained(\"",
                      folder.string(), "\").save_pretrained(\"", folder.string(),
                      "\")` (or UNet2DModel, as config.json says), with diffusers"));
}

/// The one variant's file in the folder, its index if there is one.
fs::path variant_in(const fs::path& folder) {
  static const std::regex kVariant(
      R"(diffusion_pytorch_model\.(?:safetensors\.index\.(\w+)\.json|(\w+)\.safetensors(?:\.index\.json)?))");
  std::set<std::string> variants, files;
  std::string pickle;
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator(folder, unreadable)) {
    const std::string name = entry.path().filename().string();
    std::smatch match;
    if (std::regex_match(name, match, kVariant)) {
      variants.insert(match[1].matched ? match[1] : match[2]);
      files.insert(name);
    }
    if (name.starts_with("diffusion_pytorch_model") && name.ends_with(".bin")) pickle = name;
  }
  if (files.empty() && !pickle.empty()) refuse_pickle(folder, pickle);
  if (files.empty())
    throw FileError(cat(folder.string(), ": holds no weights, expected ", kWhole, " in it, or ", kIndex));
  if (variants.size() > 1)
    throw FileError(cat(folder.string(), ": holds the weights in several variants (",
                        join({variants.begin(), variants.end()}, ", "), "), expected one of them or a ",
                        kWhole));
  const auto index = std::find_if(files.begin(), files.end(), is_index);
  return folder / (index == files.end() ? *files.begin() : *index);
}

fs::path weights_in(const fs::path& folder) {
  for (const char* name : {kIndex, kWhole}) {
    if (fs::exists(folder / name)) return folder / name;
  }
  return variant_in(folder);
}

/// Tensor names to names of files beside the index.
std::map<std::string, std::string> weight_map(const fs::path& index) {
  auto map = config::texts_in(config::read_json_object(index).find("weight_map"));
  if (!map) throw FileError(cat(index.string(), " has no `weight_map` from tensor names to file names"));
  for (const auto& [name, shard] : *map) {
    if (fs::path(shard).filename() != shard)
      throw FileError(cat(index.string(), ": `\"", shard, "\"` is not the name of a file beside it"));
  }
  return *std::move(map);
}

SafetensorsFile read_shards(const fs::path& index) {
  SafetensorsFile result;
  std::map<std::string, SafetensorsFile> shards;
  for (const auto& [name, shard] : weight_map(index)) {
    const fs::path file = index.parent_path() / shard;
    std::error_code ignored;  // of names that no file system takes
    if (!fs::exists(file, ignored))
      throw FileError(cat(file.string(), ": is missing, ", index.filename().string(), " names it"));
    if (!shards.contains(shard)) shards[shard] = read_safetensors(file);
    const auto found = shards[shard].tensors.find(name);
    if (found == shards[shard].tensors.end()) {
      throw FileError(cat(file.string(), " lacks tensor `", name, "`, which ", index.filename().string(),
                          " says it holds"));
    }
    result.tensors.insert(*found);
  }
  return result;
}

}  // namespace

SafetensorsFile read_diffusers_weights(const fs::path& file_or_folder) {
  const fs::path file = fs::is_directory(file_or_folder) ? weights_in(file_or_folder) : file_or_folder;
  return is_index(file) ? read_shards(file) : read_safetensors(file);
}

}  // namespace glyffuser
