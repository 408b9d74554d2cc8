#include "glyffuser/sample/manifest.hpp"

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

std::uint64_t hash_of(const std::string& text) {
  return std::hash<std::string>()(text);
}

/// The picture a line is about, "" if it is no whole line.
std::string name_in(const std::string& line) {
  const auto entry = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  const auto file = entry.is_object() ? entry.find("file") : entry.end();
  return entry.is_object() && file != entry.end() && file->is_string() ? file->get<std::string>() : "";
}

/// Line by line: the manifest of a million pictures has half a gigabyte.
template <class Use>
void for_each_line(const fs::path& file, Use use) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) use(line, /*whole=*/!in.eof());
}

}  // namespace

fs::path manifest_file(const fs::path& folder, const Shard& shard) {
  const bool part = shard.count > 1;
  return folder /
         (part ? cat("manifest-shard-", shard.index, "-of-", shard.count, ".jsonl") : "manifest.jsonl");
}

Manifest::Manifest(fs::path file, Repeats repeats) : file_(std::move(file)), repeats_(repeats) {
  std::error_code ignored;
  if (!fs::exists(file_, ignored)) return;
  const FileTurn turn(file_);
  take_over();
  size_ = size();
}

std::uintmax_t Manifest::size() const {
  std::error_code none_yet;
  const std::uintmax_t bytes = fs::file_size(file_, none_yet);
  return none_yet ? 0 : bytes;
}

std::string Manifest::name_of(const fs::path& picture) const {
  return picture.lexically_relative(file_.parent_path()).generic_string();
}

bool Manifest::is_current(const std::string& line) const {
  const std::string name = name_in(line);
  const auto last = lines_.find(hash_of(name));
  return !name.empty() && last != lines_.end() && last->second == hash_of(line);
}

void Manifest::take_over() {
  std::uint64_t stale = 0, ours = 0;
  for_each_line(file_, [&](const std::string& line, bool whole) {
    const std::string name = name_in(line);
    ours += name.empty() ? 0 : 1;
    std::error_code ignored;  // of names that no file system takes
    const bool counts = whole && !name.empty() && fs::exists(file_.parent_path() / name, ignored);
    if (!counts || !lines_.insert_or_assign(hash_of(name), hash_of(line)).second) ++stale;
  });
  if (ours == 0 && fs::file_size(file_) > 0)
    throw ConfigError(
        cat(file_.string(), ": is there already and no manifest of glyffuser's, expected another ", "--out"));
  if (stale > 0) rewrite();
}

void Manifest::rewrite() {
  write_atomically(file_, [&](const fs::path& temporary) {
    std::ofstream out(temporary);
    std::unordered_map<std::uint64_t, bool> written;
    for_each_line(file_, [&](const std::string& line, bool whole) {
      if (whole && is_current(line) && written.emplace(hash_of(line), true).second) out << line << '\n';
    });
    if (!out.flush()) throw RunError(cat(file_.string(), ": cannot be written: is the disk full?"));
  });
}

void Manifest::record(const std::string& name, const std::string& line) {
  const auto known = lines_.find(hash_of(name));
  const bool replaces = known != lines_.end();
  if (replaces && known->second == hash_of(line)) return;
  if (repeats_ == Repeats::possible) lines_[hash_of(name)] = hash_of(line);
  const FileTurn turn(file_);
  // Another process that wrote meanwhile may have recorded the same pictures.
  repeated_ = repeated_ || replaces || size() != size_;
  std::ofstream out(file_, std::ios::app);  // anew for every line: another process may have replaced the file
  out << line << std::endl;
  if (!out) throw RunError(cat(file_.string(), ": cannot be written: is the disk full?"));
  size_ = size();
}

void Manifest::tidy() {
  if (!repeated_) return;
  const FileTurn turn(file_);
  lines_.clear();
  take_over();
  size_ = size();
  repeated_ = false;
}

}  // namespace glyffuser
