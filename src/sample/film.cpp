#include "glyffuser/sample/film.hpp"

#include <algorithm>
#include <cmath>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/model/draw.hpp"
#include "glyffuser/sample/outputs.hpp"

namespace glyffuser {
namespace {

constexpr std::size_t kMomentsOnSheet = 10;

/// The time step that the next evaluation is told; 0 after the last.
std::string moment_label(const SamplingStep& step, const Scheduler& scheduler) {
  const bool done = step.index + 1 == step.count;
  return cat("t = ", done ? 0.0 : std::round(scheduler.timesteps()[step.index + 1]));
}

/// Left of each picture's row its prompt, where it is another one than above; none if the title says it.
std::vector<std::string> prompts_down(const Plan& plan) {
  std::vector<std::string> labels;
  if (plan.layout().square) return labels;
  Pictures all(plan);
  std::string above;
  while (const auto picture = all.next()) {
    labels.push_back(labels.empty() || picture->prompt != above ? picture->prompt : "");
    above = picture->prompt;
  }
  return labels;
}

}  // namespace

std::vector<GrayImage> in_cells(const Plan& plan, const std::vector<GrayImage>& pictures) {
  std::vector<GrayImage> cells(plan.layout().rows * plan.layout().columns);
  Pictures all(plan);
  while (const auto picture = all.next())
    cells[picture->row * plan.layout().columns + picture->column] = pictures.at(picture->index);
  return cells;
}

Film::Film(std::filesystem::path file, const Model& model, const Plan& plan, std::size_t batch_size)
    : file_(std::move(file)), model_(model), plan_(plan), animation_(make_animation(file_)) {
  if (plan.size() > batch_size || plan.groups().size() > 1)
    throw ConfigError(cat(file_.string(), ": an animation of ", plan.size(), " pictures in ",
                          plan.groups().size(), plan.groups().size() == 1 ? " kind" : " kinds",
                          " of steps and guidance, expected at most ", batch_size,
                          " (sample.batch_size) of one kind"));
  const auto side = static_cast<int>(model.info.image_size);
  const auto [width, height] =
      grid_size(static_cast<int>(plan.layout().rows), static_cast<int>(plan.layout().columns), side, side);
  if (std::max(width, height) > kLongestFrameSide)
    throw ConfigError(cat(file_.string(), ": its pictures would have ", width, " × ", height,
                          " pixels, expected at most ", kLongestFrameSide,
                          " a side, so fewer prompts or seeds"));
}

void Film::after(const SamplingStep& step, const Scheduler& scheduler) {
  const auto count = static_cast<std::int64_t>(plan_.size());
  const std::vector<GrayImage> pictures =
      to_images(noisy_pictures(model_, scheduler, step).narrow(0, 0, count));
  const GrayImage frame =
      pictures.size() == 1 ? pictures.front()
                           : make_grid(in_cells(plan_, pictures), static_cast<int>(plan_.layout().columns));
  if (!sheet_) {
    first_ = step.index;
    sheet_ = std::make_unique<ContactSheet>(step.count - first_, kMomentsOnSheet);
  }
  const std::size_t moment = step.index - first_;
  animation_->add(frame, frame_milliseconds(moment, step.count - first_));
  if (sheet_->shows(moment)) sheet_->add(moment, moment_label(step, scheduler), pictures);
}

std::filesystem::path Film::contact_sheet(std::filesystem::path animation) {
  return animation.replace_filename(cat(animation.stem().string(), "-steps.png"));
}

std::vector<std::filesystem::path> Film::write() {
  write_file_atomically(file_, animation_->finish());
  const std::filesystem::path sheet = contact_sheet(file_);
  write_png(sheet, draw_grid(sheet_->grid(plan_.title(), prompts_down(plan_)), find_label_font()),
            sheet_text());
  return {file_, sheet};
}

}  // namespace glyffuser
