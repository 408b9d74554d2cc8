#include "glyffuser/sample/job.hpp"

#include "glyffuser/model/draw.hpp"

namespace glyffuser {

Job::Job(const SampleConfig& config, Drawer& drawer, const Plan& plan, Manifest* manifest)
    : config_(config),
      drawer_(drawer),
      plan_(plan),
      files_(config, drawer, manifest),
      shard_(parse_shard(config.shard)),
      batch_size_(static_cast<std::size_t>(config.batch_size)),
      sheet_(plan) {
  if (!config.raw.empty()) raw_.resize(plan.size());
  measure();
}

void Job::run(const Cancellation& cancelled, bool quiet, const PictureSink& finished) {
  JobProgress progress(work_, quiet);
  PictureBatches batches(plan_, batch_size_, shard_);
  while (const auto batch = batches.next()) {
    if (complete(*batch)) {
      keep(*batch, finished);
      continue;
    }
    const torch::Tensor drawn = drawer_.draw(*batch, [&](const SamplingStep& step) {
      progress.step(step);
      return !cancelled;
    });
    if (cancelled) return;
    finish(*batch, drawn, finished);
    progress.pictures(batch->pictures.size());
  }
}

// Whatever would stop the job later is better said now.
void Job::measure() {
  PictureBatches batches(plan_, batch_size_, shard_);
  while (const auto batch = batches.next()) {
    drawer_.check_steps(batch->steps());
    if (complete(*batch)) continue;
    work_.pictures += batch->pictures.size();
    work_.steps += static_cast<std::uint64_t>(batch->steps());
  }
}

bool Job::complete(const PictureBatch& batch) const {
  std::size_t there = 0;
  for (const Picture& picture : batch.pictures) there += files_.has(picture) ? 1 : 0;
  return there == batch.pictures.size();
}

void Job::finish(const PictureBatch& batch, const torch::Tensor& drawn, const PictureSink& finished) {
  std::vector<GrayImage> images = to_images(drawn);
  for (std::size_t i = 0; i < batch.pictures.size(); ++i) {
    const Picture& picture = batch.pictures[i];
    if (!raw_.empty()) raw_[picture.index] = drawn[static_cast<std::int64_t>(i)];
    // A neighbour that is there was drawn again for the batch's shape only.
    if (!picture.file.empty())
      finished(picture, files_.has(picture) ? files_.keep(picture) : files_.write(picture, images[i]));
    sheet_.add(picture, std::move(images[i]));
  }
}

void Job::keep(const PictureBatch& batch, const PictureSink& finished) {
  for (const Picture& picture : batch.pictures) {
    finished(picture, files_.keep(picture));
    if (sheet_.wanted()) sheet_.add(picture, read_image(picture.file));
  }
}

}  // namespace glyffuser
