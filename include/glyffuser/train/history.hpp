#pragma once
// metrics.jsonl read back, column by column.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace glyffuser {

/// The numbers of all records of one kind by their names; NaN where a record has none.
struct RecordColumns {
  std::size_t count = 0;
  std::map<std::string, std::vector<double>> columns;  ///< each of `count` values

  /// All NaN if no record has it.
  std::vector<double> column(const std::string& name) const;
};

class RunHistory {
 public:
  explicit RunHistory(std::filesystem::path metrics_file) : file_(std::move(metrics_file)) {}

  /// Takes in the lines that were completed since the last call; those that are no records are passed over. A
  /// file that is not there has no lines.
  void read_new();

  /// Records of "kind": "train", "validation", …
  const RecordColumns& records(const std::string& kind) const;
  /// The newest record of kind "run" as it stands in the file, "" if there is none.
  const std::string& run_record() const { return run_record_; }

 private:
  void take(const std::string& line);

  std::filesystem::path file_;
  std::streamoff read_ = 0;
  std::map<std::string, RecordColumns> kinds_;
  std::string run_record_;
};

}  // namespace glyffuser
