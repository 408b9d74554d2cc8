#pragma once
// What a job is asked to draw, prompt by prompt: the configured prompts, then the records of a prompts file.
//
//   .csv    a header line with names of the keys below, then a record a line; an empty field is the default
//   .jsonl  one JSON object with these keys a line
//   others  one prompt a line
//
// Keys: `prompt`, those of RequestSettings, and `file`, the name of the picture below the output folder.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "glyffuser/config/tree.hpp"
#include "glyffuser/sample/config.hpp"

namespace glyffuser {

struct Request {
  std::string place;                  ///< "prompts.csv:7", before messages; empty for configured prompts
  std::optional<std::string> prompt;  ///< UTF-8
  std::string file;                   ///< "gold/a.png" below the output folder; empty: by prompt and seed
  RequestSettings settings;
};

/// A JSON object as a record with the keys above, not checked yet. Throws ConfigError beginning with `place`:
/// it is no such thing or not UTF-8, nested more than 32 deep, or has a number that no double holds.
config::Node parse_record(std::string_view json, const std::string& place);

/// The others of the keys above are as in `defaults`; so are those that are null. Throws ConfigError
/// beginning with the record's place: an unknown key or one twice, a value of another type or out of range,
/// `seeds` beside `seed` or `num_images`, empty `steps`, text that is not UTF-8, a `file` that leaves the
/// folder or lies in one named *.png or *.jsonl.
Request request_from(config::Node record, const RequestSettings& defaults);

/// Holds the file's text and where its records begin, not the requests: a record is read again whenever it is
/// asked for.
class Requests {
 public:
  /// Reads and checks all of them. Throws ConfigError: the file cannot be read, holds no prompt or is not
  /// UTF-8, and as request_from.
  explicit Requests(const SampleConfig& config);
  /// One alone.
  explicit Requests(Request request);

  std::size_t size() const { return given_.size() + records_.size(); }
  /// Throws std::out_of_range.
  Request at(std::size_t index) const;

 private:
  enum class Format { lines, csv, json_lines };
  struct Record {
    std::size_t offset;
    std::size_t line;
  };

  void find_records();
  void find_csv_records();
  Request read(const Record& record) const;
  Request read_csv(const Record& record, const std::string& place) const;
  std::string_view line_at(std::size_t offset) const;

  RequestSettings defaults_;
  std::vector<Request> given_;
  std::string file_;
  Format format_ = Format::lines;
  std::string text_;
  std::vector<std::string> columns_;
  std::vector<Record> records_;
};

}  // namespace glyffuser
