#pragma once
// manifest.jsonl: one JSON object a line for every picture below a folder. Several processes may write to one
// at the same time.

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>

#include "glyffuser/sample/config.hpp"

namespace glyffuser {

/// "manifest.jsonl", or for a shard "manifest-shard-0-of-4.jsonl": shards may run at the same time, and their
/// lines together are those of the whole job.
std::filesystem::path manifest_file(const std::filesystem::path& folder, const Shard& shard);

class Manifest {
 public:
  /// Whether a picture may be recorded twice by one process, and so has to be remembered.
  enum class Repeats { never, possible };

  /// Goes on with a file that is there; lines that were cut off, that a later line
  /// replaced, or whose picture is gone are dropped from it. Throws RunError if it cannot be written,
  /// ConfigError if none of its lines is about a file: it is somebody else's.
  explicit Manifest(std::filesystem::path file, Repeats repeats = Repeats::never);

  const std::filesystem::path& file() const { return file_; }
  /// How the manifest names a picture: relative to its folder.
  std::string name_of(const std::filesystem::path& picture) const;

  /// Adds `line`, a JSON object with the key `file` = `name`, unless it stands there. Throws RunError.
  void record(const std::string& name, const std::string& line);

  /// Drops the lines that later ones replaced, this process's or those of another that wrote meanwhile: for
  /// the end of a job. Throws RunError.
  void tidy();

 private:
  bool is_current(const std::string& line) const;
  void take_over();
  void rewrite();
  std::uintmax_t size() const;

  std::filesystem::path file_;
  Repeats repeats_;
  bool repeated_ = false;    // there may be lines about the same picture
  std::uintmax_t size_ = 0;  // of the file when this process last had its turn, in bytes
  // The hash of each name: that of its last line. Of lines that were there; others only if they may come
  // again, as a job has millions.
  std::unordered_map<std::uint64_t, std::uint64_t> lines_;
};

}  // namespace glyffuser
