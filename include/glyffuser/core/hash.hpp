#pragma once
// SHA-256 for file identity, and the derivation of independent seeds.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace glyffuser {

/// Incremental SHA-256 (FIPS 180-4).
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256& update(std::string_view bytes);
  /// 64 lower-case hexadecimal digits; the object is spent afterwards.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);
/// Throws FileError if the file cannot be read.
std::string sha256_file(const std::filesystem::path& file);

/// A seed for the `index`-th member of a named stream: a fixed function of its arguments (SplitMix64 over
/// FNV-1a of the name), so that random state never depends on rank, thread or micro-batch.
std::uint64_t derive_seed(std::uint64_t seed, std::string_view stream, std::uint64_t index);

}  // namespace glyffuser
