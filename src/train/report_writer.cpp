#include "glyffuser/train/report_writer.hpp"

#include <exception>

#include "glyffuser/core/files.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/train/report.hpp"

namespace glyffuser {

ReportWriter::ReportWriter(std::filesystem::path run_folder, std::int64_t step, std::int64_t total_steps,
                           std::chrono::duration<double> interval)
    : folder_(std::move(run_folder)),
      step_(step),
      total_steps_(total_steps),
      interval_(interval),
      history_(folder_ / "metrics.jsonl") {}

ReportWriter::~ReportWriter() {
  if (writing_.valid()) writing_.wait();
  const bool failed = std::uncaught_exceptions() > exceptions_;
  write(finished_ ? "finished" : failed ? "failed" : "stopped", step_);
}

void ReportWriter::update(std::int64_t step, bool event) {
  step_ = step;
  const auto now = std::chrono::steady_clock::now();
  due_ = due_ || event || now - last_ >= interval_;
  const bool busy =
      writing_.valid() && writing_.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
  if (!due_ || busy) return;  // one that falls due while another is written follows it
  due_ = false;
  last_ = now;
  writing_ = std::async(std::launch::async, [this, step] { write("running", step); });
}

void ReportWriter::write(const std::string& state, std::int64_t step) {
  try {
    history_.read_new();
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const ReportStatus status{.state = state,
                              .step = step,
                              .total_steps = total_steps_,
                              .written = std::chrono::duration_cast<std::chrono::seconds>(now).count()};
    write_file_atomically(folder_ / "report.html", make_report(folder_, history_, status));
  } catch (const std::exception& problem) {
    if (!warned_) log::warning(cat("the report is not up to date: ", problem.what()));
    warned_ = true;
  }
}

}  // namespace glyffuser
