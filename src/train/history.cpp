#include "glyffuser/train/history.hpp"

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

namespace glyffuser {
namespace {
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
}

std::vector<double> RecordColumns::column(const std::string& name) const {
  const auto found = columns.find(name);
  return found == columns.end() ? std::vector<double>(count, kNone) : found->second;
}

const RecordColumns& RunHistory::records(const std::string& kind) const {
  static const RecordColumns kEmpty;
  const auto found = kinds_.find(kind);
  return found == kinds_.end() ? kEmpty : found->second;
}

void RunHistory::read_new() {
  std::ifstream in(file_, std::ios::binary);
  in.seekg(read_);
  // A last line without its end is still being written.
  for (std::string line; std::getline(in, line) && !in.eof();) {
    read_ += static_cast<std::streamoff>(line.size()) + 1;
    take(line);
  }
}

void RunHistory::take(const std::string& line) {
  const auto record = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!record.is_object() || !record.contains("kind") || !record["kind"].is_string()) return;
  const auto kind = record["kind"].get<std::string>();
  if (kind == "run") run_record_ = line;
  RecordColumns& all = kinds_[kind];
  for (const auto& [name, value] : record.items()) {
    if (value.is_string()) continue;
    std::vector<double>& column = all.columns[name];
    column.resize(all.count, kNone);
    column.push_back(value.is_number() ? value.get<double>() : kNone);
  }
  ++all.count;
  for (auto& [name, column] : all.columns) column.resize(all.count, kNone);
}

}  // namespace glyffuser
