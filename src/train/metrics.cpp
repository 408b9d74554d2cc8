#include "glyffuser/train/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

using nlohmann::json;

/// -1 if it is no record.
std::int64_t step_in(const json& record) {
  const bool has_step = record.is_object() && record.contains("step") && record["step"].is_number_integer();
  return has_step ? record["step"].get<std::int64_t>() : -1;
}

bool is_known(const json& record, std::int64_t last_step) {
  const std::int64_t step = step_in(record);
  const bool begins_a_process = step >= 0 && record.contains("kind") && record["kind"] == "run";
  return step >= 0 && (step < last_step || (step == last_step && !begins_a_process));
}

struct Kept {
  std::string lines;
  std::int64_t dropped = 0;  ///< records of later steps
  double seconds = 0;        ///< of the last record
};

Kept lines_up_to(const std::string& content, std::int64_t last_step) {
  Kept kept;
  for (const std::string& line : split(content, '\n')) {
    const auto record = json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!is_known(record, last_step)) {
      kept.dropped += step_in(record) > last_step ? 1 : 0;
      continue;
    }
    kept.lines += line + "\n";
    if (record.contains("seconds") && record["seconds"].is_number())
      kept.seconds = std::max(kept.seconds, record["seconds"].get<double>());
  }
  return kept;
}

}  // namespace

bool is_whole(double value) {
  return std::isfinite(value) && value == std::floor(value) && std::abs(value) < 1e15;
}

Metrics::Metrics(const std::filesystem::path& file, std::int64_t last_step) : file_(file) {
  const std::string before = std::filesystem::exists(file) ? read_file(file) : "";
  const Kept kept = lines_up_to(before, last_step);
  seconds_before_ = kept.seconds;
  if (kept.dropped > 0)
    log::info(cat(file.string(), ": ", kept.dropped, " records of steps after ", last_step,
                  ", from where this run begins, are dropped"));
  write_file_atomically(file, kept.lines);
  out_.open(file, std::ios::app);
  if (!out_) throw RunError(cat(file.string(), ": cannot be written"));
}

double Metrics::seconds() const {
  return seconds_before_ + std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void Metrics::write(std::int64_t step, const std::string& kind, const MetricsRecord& record,
                    const MetricsTexts& texts) {
  nlohmann::ordered_json line = {{"step", step}, {"kind", kind}};
  for (const auto& [name, value] : record) {
    if (is_whole(value))
      line[name] = static_cast<std::int64_t>(value);
    else
      line[name] = value;
  }
  for (const auto& [name, text] : texts) line[name] = text;
  line["seconds"] = std::round(seconds() * 1000) / 1000;
  out_ << line.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
  if (!out_) throw RunError(cat(file_.string(), ": cannot be written: is the disk full?"));
}

void Metrics::sync() const {
  sync_file(file_);
}

}  // namespace glyffuser
