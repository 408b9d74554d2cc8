#include "glyffuser/train/report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "glyffuser/core/data_page.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/paths.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/train/checkpoint.hpp"
#include "glyffuser/train/curves.hpp"
#include "glyffuser/train/report_page.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kPoints = 3000;  // of each curve
constexpr std::size_t kPreviews = 60;
constexpr std::uintmax_t kPreviewBytes = 12'000'000;
constexpr std::size_t kWarnings = 50;

/// Six significant digits, counts whole; null if not finite.
Json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (is_whole(value)) return static_cast<std::int64_t>(value);
  std::array<char, 32> digits{};
  std::snprintf(digits.data(), digits.size(), "%.6g", value);
  return std::strtod(digits.data(), nullptr);
}

Json picked(const std::vector<double>& values, const std::vector<std::size_t>& indices) {
  Json numbers = Json::array();
  for (const std::size_t index : indices) numbers.push_back(number(values[index]));
  return numbers;
}

Json curves(const RecordColumns& records, const std::vector<std::string>& shapes) {
  std::vector<std::vector<double>> shown;
  for (const std::string& name : shapes) shown.push_back(records.column(name));
  const auto kept = thinned(shown, kPoints);
  Json columns = Json::object();
  for (const auto& [name, values] : records.columns) columns[name] = picked(values, kept);
  if (records.columns.contains("loss"))
    columns["loss_smoothed"] = picked(smoothed(records.column("loss")), kept);
  return columns;
}

std::string text_of(const fs::path& file) {
  return fs::exists(file) ? read_file(file) : "";
}

/// The last lines of the log that are warnings or errors.
std::vector<std::string> warnings_of(const fs::path& log) {
  std::vector<std::string> warnings;
  for (const std::string& line : split(text_of(log), '\n')) {
    if (line.find(" warning: ") != std::string::npos || line.find(" error: ") != std::string::npos)
      warnings.push_back(line);
  }
  if (warnings.size() > kWarnings)
    warnings.erase(warnings.begin(), warnings.end() - static_cast<std::ptrdiff_t>(kWarnings));
  return warnings;
}

std::int64_t step_of(const fs::path& preview) {
  return step_in_name(preview.stem().string()).value_or(0);
}

bool is_preview(const fs::path& file) {
  return file.extension() == ".png" && step_in_name(file.stem().string());
}

}  // namespace

double seconds_left(const RecordColumns& train, std::int64_t step, std::int64_t total_steps) {
  const auto seconds = train.column("seconds"), steps = train.column("step");
  if (step >= total_steps) return 0;
  if (seconds.size() < 2) return -1;
  const std::size_t last = seconds.size() - 1;
  const std::size_t first = last - std::min(last, std::max<std::size_t>(5, last / 20));
  const double left = static_cast<double>(total_steps) - steps[last];
  const double pace = (seconds[last] - seconds[first]) / (steps[last] - steps[first]);
  return std::isfinite(pace) && pace > 0 ? std::max(0.0, left * pace) : -1;
}

std::string report_json(const fs::path& run_folder, const RunHistory& history, const ReportStatus& status) {
  const RecordColumns& train = history.records("train");
  const double left = seconds_left(train, status.step, status.total_steps);
  const Json run = Json::parse(history.run_record(), nullptr, /*allow_exceptions=*/false);
  const Json data = {{"name", folder_name(run_folder)},
                     {"state", status.state},
                     {"written", status.written},
                     {"step", status.step},
                     {"total_steps", status.total_steps},
                     {"seconds_left", left < 0 ? Json() : number(std::round(left))},
                     {"run", run.is_object() ? run : Json::object()},
                     {"records", train.count},
                     {"train", curves(train, {"loss", "grad_norm", "samples_per_second"})},
                     {"validation", curves(history.records("validation"), {"loss", "shuffled_loss"})},
                     {"warnings", warnings_of(run_folder / "train.log")},
                     {"config", text_of(run_folder / "config.yaml")}};
  return data.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<fs::path> report_previews(const fs::path& samples, std::int64_t last_step, std::size_t most,
                                      std::uintmax_t bytes) {
  std::vector<fs::path> all;
  std::uintmax_t largest = 1;
  if (fs::is_directory(samples)) {
    for (const auto& entry : fs::directory_iterator(samples)) {
      if (!is_preview(entry.path()) || step_of(entry.path()) > last_step) continue;
      all.push_back(entry.path());
      largest = std::max(largest, entry.file_size());
    }
  }
  std::sort(all.begin(), all.end(),
            [](const fs::path& a, const fs::path& b) { return step_of(a) < step_of(b); });
  const std::size_t count = std::clamp<std::size_t>(bytes / largest, 1, most);
  if (all.size() <= count) return all;
  std::vector<fs::path> chosen;
  for (std::size_t i = 1; i <= count; ++i) chosen.push_back(all[i * all.size() / count - 1]);
  return chosen;
}

std::string make_report(const fs::path& run_folder, const RunHistory& history, const ReportStatus& status) {
  std::string blocks = page_json_block("run-data", report_json(run_folder, history, status));
  for (const fs::path& preview :
       report_previews(run_folder / "samples", status.step, kPreviews, kPreviewBytes))
    blocks += page_block(cat("preview-", step_of(preview)), read_file(preview));
  return fill_page(report_page(), blocks);
}

}  // namespace glyffuser
