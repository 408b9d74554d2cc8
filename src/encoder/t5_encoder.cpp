#include "glyffuser/encoder/t5_encoder.hpp"

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/jit/codegen/fuser/interface.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/script.h>

#include "glyffuser/config/json.hpp"
#include "glyffuser/config/reader.hpp"
#include "glyffuser/core/error.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/encoder/script_device.hpp"
#include "glyffuser/tensor/device.hpp"
#include "glyffuser/tensor/memory.hpp"

namespace glyffuser {

struct T5Encoder::Module {
  torch::jit::Module script;
};

namespace {

/// Scripts are compiled once and run a few hundred times: profiling their first calls costs more than it
/// gains. Without profiles the oldest of LibTorch's fusers is asked on a GPU, whose kernels NVRTC 13 refuses.
void run_as_written() {
  torch::jit::getProfilingMode() = false;
  torch::jit::getExecutorMode() = false;
  torch::jit::overrideCanFuseOnGPU(false);
}

torch::jit::Module load_module(const std::filesystem::path& file, torch::Device device) {
  run_as_written();
  try {
    torch::jit::Module module = torch::jit::load(file.string(), torch::kCPU);
    if (!module.find_method("forward")) throw std::runtime_error("it has no method `forward`");
    module.eval();
    module.to(torch::kFloat);
    move_module(module, device);
    return module;
  } catch (const std::exception& error) {
    if (is_out_of_memory(error))
      throw RunError(cat("the memory of ", device.str(), " does not suffice for ", file.string()));
    throw FileError(
        cat(file.string(), " is no TorchScript module that can be loaded (", short_message(error), ")"));
  }
}

/// Of transformers' T5Config.
struct T5Widths {
  std::int64_t d_model = 0, vocab_size = 0;
};

void describe(config::Fields& fields, T5Widths& widths) {
  fields.field("d_model", widths.d_model, config::between<std::int64_t>(1, 1 << 20));
  fields.field("vocab_size", widths.vocab_size, config::between<std::int64_t>(1, 1 << 30));
}

T5Widths read_widths(const std::filesystem::path& file) {
  T5Widths widths;
  config::read_values(config::read_json_object(file), widths);
  if (widths.d_model == 0 || widths.vocab_size == 0)
    throw FileError(cat(file.string(), ": has no ", widths.d_model == 0 ? "d_model" : "vocab_size",
                        ", expected a whole number from 1 on"));
  return widths;
}

/// Autocast off for its lifetime: T5 overflows in half precision, and the states must not depend on the
/// caller.
class WithoutAutocast {
 public:
  explicit WithoutAutocast(c10::DeviceType type)
      : type_(type), enabled_(at::autocast::is_autocast_enabled(type)) {
    at::autocast::set_autocast_enabled(type_, false);
  }
  ~WithoutAutocast() { at::autocast::set_autocast_enabled(type_, enabled_); }
  WithoutAutocast(const WithoutAutocast&) = delete;
  WithoutAutocast& operator=(const WithoutAutocast&) = delete;

 private:
  c10::DeviceType type_;
  bool enabled_;
};

}  // namespace

T5Encoder::T5Encoder(const std::filesystem::path& folder, torch::Device device)
    : file_(folder / "encoder.pt"), device_(device) {
  const T5Widths widths = read_widths(folder / "config.json");
  d_model_ = widths.d_model;
  vocab_size_ = widths.vocab_size;
  sha256_ = sha256_file(file_);
  if (std::filesystem::file_size(file_) == 0) {
    throw FileError(cat(file_.string(), " is empty; expected a TorchScript module"));
  }
  module_ = std::make_unique<Module>(load_module(file_, device_));
}

T5Encoder::~T5Encoder() = default;
T5Encoder::T5Encoder(T5Encoder&&) noexcept = default;
T5Encoder& T5Encoder::operator=(T5Encoder&&) noexcept = default;

torch::Tensor T5Encoder::forward(const torch::Tensor& input_ids, const torch::Tensor& attention_mask) const {
  const torch::NoGradGuard no_grad;
  const WithoutAutocast without_autocast(device_.type());
  const at::NoTF32Guard without_tf32;  // which training turns on
  torch::IValue result;
  try {
    result = module_->script.forward({input_ids.to(device_), attention_mask.to(device_)});
  } catch (const std::exception& error) {
    if (is_out_of_memory(error))
      throw RunError(cat("the memory of ", device_.str(), " does not suffice for a batch of ",
                         input_ids.size(0), " texts; choose a smaller text_encoder.batch_size"));
    throw FileError(cat(file_.string(), " fails when it runs (", short_message(error), ")"));
  }
  const std::vector<std::int64_t> shape = {input_ids.size(0), input_ids.size(1), d_model_};
  if (!result.isTensor() || !result.toTensor().is_floating_point() || result.toTensor().sizes() != shape) {
    throw FileError(cat(file_.string(), " gives ",
                        result.isTensor() ? cat(result.toTensor().sizes()) : result.tagKind(),
                        "; expected states of shape ", c10::IntArrayRef(shape)));
  }
  return result.toTensor().to(torch::kFloat);
}

}  // namespace glyffuser
