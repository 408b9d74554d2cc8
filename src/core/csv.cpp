#include "glyffuser/core/csv.hpp"

#include <algorithm>
#include <stdexcept>

namespace glyffuser {

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string field = "\"";
  for (const char character : text) {
    if (character == '"') field += '"';
    field += character;
  }
  return field + '"';
}

CsvReader::CsvReader(std::string_view text) : text_(text) {
  skip_line_breaks();
}

std::optional<std::vector<std::string>> CsvReader::next() {
  if (at_ >= text_.size()) return std::nullopt;
  line_ = lines_passed_ + 1;
  std::vector<std::string> fields;
  while (true) {
    fields.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted() : plain());
    if (at_ >= text_.size() || text_[at_] != ',') break;
    ++at_;
  }
  skip_line_breaks();
  return fields;
}

std::string CsvReader::quoted() {
  std::string field;
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] == '"') {
      const bool escaped = at_ + 1 < text_.size() && text_[at_ + 1] == '"';
      if (!escaped) break;
      ++at_;
    }
    if (text_[at_] == '\n') ++lines_passed_;
    field += text_[at_];
  }
  if (at_ >= text_.size()) throw std::invalid_argument("a quote is not closed");
  ++at_;
  if (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n' && text_[at_] != '\r')
    throw std::invalid_argument("there is text after a closing quote");
  return field;
}

std::string CsvReader::plain() {
  const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
  std::string field(text_.substr(at_, end - at_));
  at_ = end;
  return field;
}

void CsvReader::skip_line_breaks() {
  for (; at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r'); ++at_) {
    if (text_[at_] == '\n') ++lines_passed_;
  }
}

}  // namespace glyffuser
