#include "glyffuser/train/metrics.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

std::string lines_up_to(const std::string& content, std::int64_t last_step) {
  std::string kept;
  for (const std::string& line : split(content, '\n')) {
    const auto record = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (record.is_object() && record.contains("step") && record["step"].is_number_integer() &&
        record["step"].get<std::int64_t>() <= last_step)
      kept += line + "\n";
  }
  return kept;
}

}  // namespace

Metrics::Metrics(const std::filesystem::path& file, std::int64_t last_step) : file_(file) {
  const std::string before = std::filesystem::exists(file) ? read_file(file) : "";
  write_file_atomically(file, lines_up_to(before, last_step));
  out_.open(file, std::ios::app);
  if (!out_) throw RunError(cat(file.string(), ": cannot be written"));
}

void Metrics::write(std::int64_t step, const std::string& kind, const MetricsRecord& record) {
  nlohmann::ordered_json line = {{"step", step}, {"kind", kind}};
  for (const auto& [name, value] : record) {
    // Counts stay whole numbers.
    if (std::isfinite(value) && value == std::floor(value) && std::abs(value) < 1e15)
      line[name] = static_cast<std::int64_t>(value);
    else
      line[name] = value;
  }
  out_ << line.dump() << std::endl;
  if (!out_) throw RunError(cat(file_.string(), ": cannot be written: is the disk full?"));
}

void Metrics::sync() const {
  sync_file(file_);
}

}  // namespace glyffuser
