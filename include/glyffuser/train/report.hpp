#pragma once
// report.html: a run to look at, one document that holds its data and needs no network. What the page reads
// is listed in src/train/page/README.md.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "glyffuser/train/history.hpp"

namespace glyffuser {

/// What the run's files do not tell of a run.
struct ReportStatus {
  std::string state;  ///< running | finished | stopped | failed
  std::int64_t step = 0;
  std::int64_t total_steps = 0;
  std::int64_t written = 0;  ///< now, in seconds since 1970
};

/// The page's data: status, time left, curves (smoothed, thinned to a few thousand points), the run's own
/// record, warnings of the log, and the configuration.
std::string report_json(const std::filesystem::path& run_folder, const RunHistory& history,
                        const ReportStatus& status);

/// Seconds that the rest of the run takes at the pace of the last twentieth of its records, at least the last
/// five, pauses for validation and previews included; negative if that cannot be told.
double seconds_left(const RecordColumns& train, std::int64_t step, std::int64_t total_steps);

/// The previews step-*.png of a folder up to `last_step`, ascending: at most `most` of at most `bytes`
/// together, spread evenly, the newest always among them. Later ones are of a way that the run went back on.
std::vector<std::filesystem::path> report_previews(const std::filesystem::path& samples,
                                                   std::int64_t last_step, std::size_t most,
                                                   std::uintmax_t bytes);

/// The whole document. Throws FileError if a preview cannot be read.
std::string make_report(const std::filesystem::path& run_folder, const RunHistory& history,
                        const ReportStatus& status);

}  // namespace glyffuser
