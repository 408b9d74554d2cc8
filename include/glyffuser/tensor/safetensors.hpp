#pragma once
// safetensors files (https://github.com/huggingface/safetensors, "Format"): u64 length, JSON header, raw
// little-endian data. Nothing in a file is ever executed.

#include <torch/types.h>

#include <filesystem>
#include <map>
#include <string>

namespace glyffuser {

/// Tensors of one file by name, each contiguous on the CPU, and the header's `__metadata__`.
struct SafetensorsFile {
  std::map<std::string, torch::Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// Dtypes: F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL. Throws FileError, naming the file and the tensor, if the
/// file is missing, its header is short, over 100 MB or not the format's JSON, or if the data ranges overlap,
/// leave a hole, run out of the file or do not match shape and dtype.
SafetensorsFile read_safetensors(const std::filesystem::path& file);

/// Written whole or not at all (RunError). Equal input gives equal bytes, the same as the Python library's:
/// tensors by falling dtype, then by name, so that each starts at a multiple of its element size. Tensors may
/// lie on any device and have any strides; a dtype outside the list above is a RunError.
void write_safetensors(const std::filesystem::path& file, const std::map<std::string, torch::Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace glyffuser
