#include "glyffuser/tensor/safetensors.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "glyffuser/config/json.hpp"
#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

using Json = nlohmann::ordered_json;

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

constexpr std::uint64_t kMaxHeader = 100'000'000;  // the reference library's limit

struct Dtype {
  const char* name;
  torch::ScalarType type;
};

// In the order in which the reference library sorts dtypes, its largest first.
constexpr std::array<Dtype, 10> kDtypes{{{"I64", torch::kLong},
                                         {"F64", torch::kDouble},
                                         {"F32", torch::kFloat},
                                         {"I32", torch::kInt},
                                         {"BF16", torch::kBFloat16},
                                         {"F16", torch::kHalf},
                                         {"I16", torch::kShort},
                                         {"I8", torch::kChar},
                                         {"U8", torch::kByte},
                                         {"BOOL", torch::kBool}}};

struct Entry {
  std::string name;
  torch::ScalarType type;
  std::vector<std::int64_t> shape;
  std::uint64_t begin;
  std::uint64_t end;
};

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw FileError(cat(file.string(), " is not a sound safetensors file: ", why));
}

/// Bytes of a tensor, or nothing if that overflows, or would but for an extent of 0: LibTorch works out
/// strides all the same.
std::optional<std::uint64_t> byte_size(const std::vector<std::int64_t>& shape, torch::ScalarType type) {
  auto size = static_cast<std::int64_t>(torch::elementSize(type));
  bool empty = false;
  for (const std::int64_t extent : shape) {
    empty = empty || extent == 0;
    if (extent < 0 || __builtin_mul_overflow(size, std::max<std::int64_t>(extent, 1), &size)) return {};
  }
  return empty ? 0 : static_cast<std::uint64_t>(size);
}

/// A list of whole numbers from 0 on; nothing if it is none.
template <class Whole>
std::optional<std::vector<Whole>> whole_numbers(const config::Node* list) {
  if (!list || list->kind != config::Node::Kind::sequence) return std::nullopt;
  std::vector<Whole> numbers;
  for (const config::Node& item : list->items) {
    const auto number = item.quoted ? std::nullopt : parse_number<Whole>(item.scalar);
    if (!number || *number < 0) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

Entry parse_entry(const std::filesystem::path& file, const std::string& name, const config::Node& value) {
  const config::Node* type = value.find("dtype");
  const auto shape = whole_numbers<std::int64_t>(value.find("shape"));
  const auto offsets = whole_numbers<std::uint64_t>(value.find("data_offsets"));
  if (!type || !type->quoted || !shape || !offsets || offsets->size() != 2)
    refuse(file, cat("tensor `", name, "` lacks a dtype, shape or data_offsets of the right kind"));
  const std::string& dtype = type->scalar;
  Entry entry{
      .name = name, .type = torch::kFloat, .shape = *shape, .begin = (*offsets)[0], .end = (*offsets)[1]};
  const auto* known =
      std::find_if(kDtypes.begin(), kDtypes.end(), [&](const Dtype& d) { return dtype == d.name; });
  if (known == kDtypes.end()) refuse(file, cat("tensor `", name, "` has the unknown dtype ", dtype));
  entry.type = known->type;
  const auto size = byte_size(entry.shape, entry.type);
  if (!size || entry.end < entry.begin || entry.end - entry.begin != *size) {
    refuse(file, cat("tensor `", name, "` has data_offsets ", entry.begin, "…", entry.end,
                     ", which do not match its shape and dtype"));
  }
  return entry;
}

/// The header's JSON text and the size of the data after it.
std::pair<std::string, std::uint64_t> read_header(const std::filesystem::path& file, std::ifstream& in) {
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(file, error);
  if (error || !in) throw FileError(cat(file.string(), " cannot be read; expected a safetensors file"));
  std::uint64_t length = 0;
  if (size < sizeof length || !in.read(reinterpret_cast<char*>(&length), sizeof length)) {
    refuse(file, cat("it has ", size, " bytes, too few for a header"));
  }
  if (length > kMaxHeader) refuse(file, cat("its header claims ", length, " bytes, more than 100 MB"));
  if (length > size - sizeof length) {
    refuse(file, cat("its header claims ", length, " bytes, the file has only ", size - sizeof length));
  }
  std::string header(length, '\0');
  if (!in.read(header.data(), static_cast<std::streamsize>(length)))
    refuse(file, "its header cannot be read");
  return {header, size - sizeof length - length};
}

/// The entries in the order of their data, which must lie without overlap or hole and fill the file.
void check_layout(const std::filesystem::path& file, std::vector<Entry>& entries, std::uint64_t data_size) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  std::uint64_t at = 0;
  for (const Entry& entry : entries) {
    if (entry.end > data_size) {
      refuse(file, cat("tensor `", entry.name, "` ends at byte ", entry.end, " of ", data_size));
    }
    if (entry.begin < at) refuse(file, cat("tensor `", entry.name, "` overlaps the one before it"));
    if (entry.begin > at)
      refuse(file, cat("there is a hole of ", entry.begin - at, " bytes before `", entry.name, "`"));
    at = entry.end;
  }
  if (at < data_size) refuse(file, cat(data_size - at, " bytes follow the last tensor"));
}

std::vector<Entry> parse_header(const std::filesystem::path& file, const std::string& text,
                                std::map<std::string, std::string>& metadata) {
  const config::Node header =
      config::json_object(text, cat(file.string(), " is not a sound safetensors file: its header"));
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.entries) {
    if (name != "__metadata__") {
      entries.push_back(parse_entry(file, name, value));
      continue;
    }
    auto texts = config::texts_in(&value);
    if (!texts) refuse(file, "its __metadata__ is not a map of strings");
    metadata = *std::move(texts);
  }
  return entries;
}

std::size_t dtype_rank(const std::string& name, torch::ScalarType type) {
  const auto* known =
      std::find_if(kDtypes.begin(), kDtypes.end(), [&](const Dtype& d) { return d.type == type; });
  if (known == kDtypes.end()) {
    throw RunError(
        cat("tensor `", name, "` has dtype ", torch::toString(type), ", which safetensors cannot hold"));
  }
  return static_cast<std::size_t>(known - kDtypes.begin());
}

struct Output {
  std::size_t rank;  // index into kDtypes
  std::string name;
  torch::Tensor tensor;
};

std::string make_header(const std::vector<Output>& outputs,
                        const std::map<std::string, std::string>& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t at = 0;
  for (const Output& output : outputs) {
    const std::uint64_t end = at + output.tensor.nbytes();
    header[output.name] = {{"dtype", kDtypes[output.rank].name},
                           {"shape", output.tensor.sizes().vec()},
                           {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

}  // namespace

SafetensorsFile read_safetensors(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const auto [header, data_size] = read_header(file, in);
  SafetensorsFile result;
  std::vector<Entry> entries = parse_header(file, header, result.metadata);
  check_layout(file, entries, data_size);
  for (const Entry& entry : entries) {
    torch::Tensor tensor = torch::empty(entry.shape, entry.type);
    if (entry.end > entry.begin && !in.read(static_cast<char*>(tensor.data_ptr()),
                                            static_cast<std::streamsize>(entry.end - entry.begin))) {
      throw FileError(cat(file.string(), " cannot be read at tensor `", entry.name, "`"));
    }
    result.tensors.emplace(entry.name, tensor);
  }
  return result;
}

void write_safetensors(const std::filesystem::path& file, const std::map<std::string, torch::Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<Output> outputs;
  for (const auto& [name, tensor] : tensors) {
    outputs.push_back({dtype_rank(name, tensor.scalar_type()), name, tensor.detach().cpu().contiguous()});
  }
  std::stable_sort(outputs.begin(), outputs.end(),
                   [](const Output& a, const Output& b) { return a.rank < b.rank; });
  const std::string header = make_header(outputs, metadata);
  const std::uint64_t length = header.size();

  write_atomically(file, [&](const std::filesystem::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    out.write(reinterpret_cast<const char*>(&length), sizeof length);
    out.write(header.data(), static_cast<std::streamsize>(length));
    for (const Output& output : outputs) {
      out.write(static_cast<const char*>(output.tensor.data_ptr()),
                static_cast<std::streamsize>(output.tensor.nbytes()));
    }
    if (!out.flush()) throw RunError(cat(file.string(), " cannot be written (is the disk full?)"));
  });
}

}  // namespace glyffuser
