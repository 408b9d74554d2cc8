#include "glyffuser/tensor/safetensors.hpp"

#include <gtest/gtest.h>
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

const std::filesystem::path kFromPython =
    std::filesystem::path(GLYFFUSER_SOURCE_DIR) / "tests/fixtures/tensor/python.safetensors";

class SafetensorsTest : public ::testing::Test {
 protected:
  /// A file with this header and this many bytes of data.
  std::filesystem::path craft(const std::string& header, std::size_t data_size) {
    const std::uint64_t length = header.size();
    std::string bytes(reinterpret_cast<const char*>(&length), sizeof length);
    bytes += header + std::string(data_size, '\0');
    return craft_bytes(bytes);
  }
  std::filesystem::path craft_bytes(const std::string& bytes) {
    return folder_.write("x.safetensors", bytes);
  }
  static void expect_refused(const std::filesystem::path& file, const std::string& why) {
    testing::expect_error<FileError>([&] { read_safetensors(file); }, {file.string(), why});
  }

  testing::TemporaryFolder folder_;
};

TEST_F(SafetensorsTest, ReadsEveryDtypeThatThePythonLibraryWrote) {
  const SafetensorsFile file = read_safetensors(kFromPython);
  EXPECT_EQ(file.metadata.at("format"), "pt");
  EXPECT_EQ(file.tensors.size(), 12u);
  const std::map<std::string, torch::ScalarType> dtypes = {
      {"f64", torch::kDouble}, {"f32", torch::kFloat}, {"f16", torch::kHalf},  {"bf16", torch::kBFloat16},
      {"i64", torch::kLong},   {"i32", torch::kInt},   {"i16", torch::kShort}, {"i8", torch::kChar},
      {"u8", torch::kByte},    {"bool", torch::kBool}};
  for (const auto& [name, dtype] : dtypes) {
    EXPECT_TRUE(torch::equal(file.tensors.at(name), torch::arange(6).reshape({2, 3}).to(dtype))) << name;
  }
  EXPECT_EQ(file.tensors.at("b.scalar").dim(), 0);
  EXPECT_EQ(file.tensors.at("a.empty").sizes(), (std::vector<std::int64_t>{0, 4}));
}

TEST_F(SafetensorsTest, WritesTheBytesOfThePythonLibrary) {
  const SafetensorsFile file = read_safetensors(kFromPython);
  write_safetensors(folder_ / "x.safetensors", file.tensors, file.metadata);
  EXPECT_EQ(read_file(folder_ / "x.safetensors"), read_file(kFromPython));
}

TEST_F(SafetensorsTest, WritesStridedTensorsAsContiguousOnes) {
  const torch::Tensor strided = torch::arange(24).reshape({1, 2, 3, 4}).to(torch::MemoryFormat::ChannelsLast);
  write_safetensors(folder_ / "x.safetensors", {{"x", strided}});
  EXPECT_TRUE(torch::equal(read_safetensors(folder_ / "x.safetensors").tensors.at("x"), strided));
}

TEST_F(SafetensorsTest, RefusesDtypesThatTheFormatLacks) {
  EXPECT_THROW(write_safetensors(folder_ / "x.safetensors", {{"x", torch::ones(2, torch::kComplexFloat)}}),
               RunError);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "x.safetensors"));
}

TEST_F(SafetensorsTest, RefusesDamagedHeaders) {
  expect_refused(folder_ / "absent.safetensors", "cannot be read");
  expect_refused(craft_bytes(""), "too few for a header");
  expect_refused(craft_bytes("1234567"), "too few for a header");
  expect_refused(craft_bytes(std::string("\x10\0\0\0\0\0\0\0{}", 10)),
                 "claims 16 bytes, the file has only 2");
  expect_refused(craft_bytes(std::string(8, '\x7f')), "more than 100 MB");
  expect_refused(craft("not json", 0), "not a JSON object");
  expect_refused(craft("[1]", 0), "not a JSON object");
  expect_refused(craft(R"({"__metadata__":{"a":1}})", 0), "not a map of strings");
}

TEST_F(SafetensorsTest, RefusesEntriesThatDoNotFitTheirData) {
  const auto entry = [](const char* name, const char* dtype, const char* shape, int begin, int end) {
    return cat('"', name, R"(":{"dtype":")", dtype, R"(","shape":)", shape, R"(,"data_offsets":[)", begin,
               ",", end, "]}");
  };
  const auto header = [](const std::string& entries) { return cat("{", entries, "}"); };
  expect_refused(craft(header(R"("a":3)"), 0), "lacks a dtype, shape or data_offsets");
  expect_refused(craft(header(entry("a", "F4", "[1]", 0, 4)), 4), "unknown dtype F4");
  expect_refused(craft(header(entry("a", "F32", "[2]", 0, 4)), 4), "do not match its shape and dtype");
  for (const char* shape : {"[-1]", "[1.0]", "[true]", "[\"1\"]", "1", "null", "[9223372036854775808]"})
    expect_refused(craft(header(entry("a", "F32", shape, 0, 4)), 4), "lacks a dtype, shape or data_offsets");
  expect_refused(craft(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[-0.5,4.7]}})", 4), "lacks a dtype");
  expect_refused(craft(header(entry("a", "F32", "[1]", 0, 4) + "," + entry("a", "F32", "[1]", 0, 4)), 4),
                 "`a` is given twice");
  expect_refused(craft(header(entry("a", "F32", "[4611686018427387905,4]", 0, 16)), 16), "do not match");
  expect_refused(craft(header(entry("a", "F32", "[0,4611686018427387904,4611686018427387904]", 0, 0)), 0),
                 "do not match");
  expect_refused(craft(header(entry("a", "F32", "[1]", 4, 0)), 4), "do not match its shape and dtype");
  expect_refused(craft(header(entry("a", "F32", "[2]", 0, 8)), 4), "ends at byte 8 of 4");
  expect_refused(craft(header(entry("a", "F32", "[1]", 0, 4)), 6), "2 bytes follow");
  expect_refused(craft(header(entry("a", "F32", "[1]", 4, 8)), 8), "hole of 4 bytes before `a`");
  expect_refused(craft(header(entry("a", "F32", "[2]", 0, 8) + "," + entry("b", "F32", "[2]", 4, 12)), 12),
                 "`b` overlaps");
}

}  // namespace
}  // namespace glyffuser
