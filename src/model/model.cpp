#include "glyffuser/model/model.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/paths.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/model/pipeline_source.hpp"
#include "glyffuser/nn/unet_config_json.hpp"
#include "glyffuser/nn/weights.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

// What diffusers' DiffusionPipeline.from_pretrained reads first: the classes of the folder's parts.
std::string model_index_json(const Model& model) {
  nlohmann::ordered_json content = {{"_class_name", {"pipeline", "GlyffuserPipeline"}},
                                    {"_diffusers_version", "0.42.0"},
                                    {"unet", {"diffusers", model.unet->config().class_name}},
                                    {"scheduler", {"diffusers", model.scheduler.class_name}}};
  return content.dump(2) + "\n";
}

/// What becomes of symbolic links: the files they lead to, or links, which may lead nowhere.
enum class Links { followed, kept };

// Not by fs::copy, which gives folders the rights of their originals: nothing could be put into a read-only
// one.
void copy_into(const fs::path& from, const fs::path& to, Links links) {
  std::error_code failure;
  if (links == Links::kept && fs::is_symlink(from, failure)) return fs::copy_symlink(from, to);
  if (fs::is_directory(from, failure)) {
    ensure_folder(to);
    for (const auto& entry : fs::directory_iterator(from))
      copy_into(entry.path(), to / entry.path().filename(), links);
    return;
  }
  if (fs::exists(from, failure) && !fs::is_regular_file(from, failure))  // a pipe would be waited for
    throw FileError(cat(from.string(), ": is no file and no folder, expected none of that kind here"));
  copy_bytes(from, to);
}

// What others put beside a model, such as an evaluation of it, stays with the folder when a training writes
// it anew. A text encoder that the successor lacks is no such thing: it was the former model's.
void keep_files_of_others(const fs::path& folder, const fs::path& successor) {
  std::error_code not_there;
  for (const auto& entry : fs::directory_iterator(folder, not_there)) {
    const fs::path name = entry.path().filename();
    if (name != "text_encoder" && name != "tokenizer" && !fs::exists(successor / name))
      copy_into(entry.path(), successor / name, Links::kept);
  }
}

std::int64_t image_size_of(const ModelInfo& info, const UNetConfig& unet, const fs::path& file) {
  const std::int64_t derived = unet.sample_size * info.patch_size;
  if (info.image_size != 0 && info.image_size != derived)
    throw FileError(cat(file.string(), ": image_size ", info.image_size, " with patch_size ", info.patch_size,
                        ", expected ", derived, " for a UNet of sample_size ", unet.sample_size));
  const std::int64_t channels = info.patch_size * info.patch_size;
  if (unet.in_channels != channels || unet.out_channels != channels)
    throw FileError(cat(file.string(), ": patch_size ", info.patch_size,
                        " (without the file 1) needs a UNet with ", channels, " channels in and out, found ",
                        unet.in_channels, " and ", unet.out_channels));
  return derived;
}

}  // namespace

void to_channels_last(UNet& unet) {
  const torch::NoGradGuard no_grad;
  for (torch::Tensor& parameter : unet.parameters()) {
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
  }
}

void check_is_model(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) throw FileError(cat(folder.string(), ": no such model folder"));
  if (!fs::exists(folder / "unet/config.json", ignored))
    throw FileError(cat(folder.string(), ": is not a model folder, expected unet/config.json in it"));
}

Model load_model(const fs::path& folder, const torch::Device& device) {
  check_is_model(folder);
  Model model;
  model.name = folder_name(folder);
  const UNetConfig config = read_unet_config(folder / "unet/config.json");
  model.scheduler = read_scheduler_config(folder / "scheduler/scheduler_config.json");
  model.info = read_model_info(folder / "glyffuser.json");
  model.info.conditional = config.is_conditional();
  model.info.image_size = image_size_of(model.info, config, folder / "glyffuser.json");
  model.unet = std::make_shared<UNet>(config);
  load_weights(*model.unet, folder / "unet");
  model.unet->to(device);
  model.unet->eval();
  for (torch::Tensor& parameter : model.unet->parameters()) parameter.requires_grad_(false);
  to_channels_last(*model.unet);
  return model;
}

std::string model_hash(const fs::path& folder, const fs::path& text_encoder) {
  std::vector<fs::path> files = {folder / "glyffuser.json", text_encoder / "text_encoder/encoder.pt",
                                 text_encoder / "tokenizer/spiece.model",
                                 text_encoder / "tokenizer/tokenizer_config.json"};
  const auto first_of_folders = static_cast<std::ptrdiff_t>(files.size());
  for (const char* part : {"unet", "scheduler"}) {
    std::error_code unreadable;
    for (const auto& entry : fs::directory_iterator(folder / part, unreadable)) files.push_back(entry.path());
  }
  std::sort(files.begin() + first_of_folders, files.end());
  Sha256 hash;
  for (const fs::path& file : files) {
    if (fs::is_regular_file(file)) hash.update(cat(file.filename().string(), " ", sha256_file(file), "\n"));
  }
  return hash.hex().substr(0, 10);
}

bool has_text_encoder(const fs::path& model_folder) {
  return fs::exists(model_folder / "text_encoder/encoder.pt");
}

fs::path text_encoder_of(const fs::path& model_folder, const std::string& given) {
  const fs::path folder = given.empty() ? model_folder : fs::path(given);
  if (has_text_encoder(folder) && fs::exists(folder / "tokenizer/spiece.model")) return folder;
  if (given.empty())
    throw FileError(cat(folder.string(),
                        ": has no text encoder of its own, expected --text-encoder DIR with one, as "
                        "scripts/export_t5.py makes it of a Hugging Face T5"));
  throw FileError(
      cat(folder.string(),
          ": is no text encoder's folder, expected text_encoder/encoder.pt and "
          "tokenizer/spiece.model in it, as scripts/export_t5.py makes them of a Hugging Face T5"));
}

void save_model(const fs::path& folder, const Model& model, const ModelExtras& extras) {
  write_folder_atomically(folder, [&](const fs::path& temporary) {
    ModelInfo info = model.info;
    info.conditional = model.unet->config().is_conditional();
    if (info.conditional) {
      copy_into(extras.text_encoder / "text_encoder", temporary / "text_encoder", Links::followed);
      copy_into(extras.text_encoder / "tokenizer", temporary / "tokenizer", Links::followed);
      if (extras.max_length) set_longest_text(temporary / "tokenizer", *extras.max_length);
      info.encoder_sha256 = sha256_file(temporary / "text_encoder/encoder.pt");
    }
    write_file_atomically(temporary / "unet/config.json", unet_config_json(model.unet->config()));
    save_weights(*model.unet, temporary / "unet/diffusion_pytorch_model.safetensors", extras.dtype);
    write_scheduler_config(temporary / "scheduler/scheduler_config.json", model.scheduler);
    write_file_atomically(temporary / "glyffuser.json", model_info_json(info));
    write_file_atomically(temporary / "model_index.json", model_index_json(model));
    write_file_atomically(temporary / "pipeline.py", pipeline_source());
    write_file_atomically(temporary / "README.md", extras.card);
    keep_files_of_others(folder, temporary);
  });
}

}  // namespace glyffuser
