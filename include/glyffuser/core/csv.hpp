#pragma once
// CSV as RFC 4180 has it: fields between commas, quoted ones with anything inside.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glyffuser {

/// The text as one field of a CSV record: quoted where RFC 4180 asks for it.
std::string csv_field(std::string_view text);

/// Reads the records of a text one after the other.
class CsvReader {
 public:
  /// `text` must outlive this object and have no byte order mark.
  explicit CsvReader(std::string_view text);

  /// The fields of the next record, nothing after the last. A record ends at \n, \r\n or \r; empty lines are
  /// skipped. Throws std::invalid_argument for a quote that is not closed or that is followed by text.
  std::optional<std::vector<std::string>> next();

  /// Where the next record begins in the text, and the line of the record read last, from 1; a lone \r does
  /// not count as the end of a line.
  std::size_t offset() const { return at_; }
  std::size_t line() const { return line_; }

 private:
  std::string quoted();
  std::string plain();
  void skip_line_breaks();

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t lines_passed_ = 0;
  std::size_t line_ = 0;
};

}  // namespace glyffuser
