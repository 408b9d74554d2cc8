#include "glyffuser/sample/job.hpp"

#include "glyffuser/model/draw.hpp"

namespace glyffuser {

Job::Job(const SampleConfig& config, Drawer& drawer, const Plan& plan, Manifest* manifest,
         const Resemblances* resemblances)
    : config_(config),
      drawer_(drawer),
      plan_(plan),
      resemblances_(resemblances),
      files_(config, drawer, manifest),
      preview_(config, drawer.model()),
      shard_(parse_shard(config.shard)),
      batch_size_(static_cast<std::size_t>(config.batch_size)),
      sheet_(plan) {
  if (!config.raw.empty()) raw_.resize(plan.size());
  if (!config.animation.empty())
    film_ = std::make_unique<Film>(config.animation, drawer.model(), plan, batch_size_);
  measure();
}

void Job::run(const Cancellation& cancelled, bool quiet, const PictureSink& finished) {
  JobProgress progress(work_, quiet);
  PictureBatches batches(plan_, batch_size_, shard_);
  while (const auto batch = batches.next()) {
    if (cancelled) return;
    if (complete(*batch)) {
      finish(*batch, {}, finished);
      continue;
    }
    const torch::Tensor drawn = draw(*batch, cancelled, progress);
    if (cancelled) return;
    if (!raw_.empty()) {
      for (std::size_t i = 0; i < batch->pictures.size(); ++i)
        raw_[batch->pictures[i].index] = drawn[static_cast<std::int64_t>(i)];
    }
    finish(*batch, to_images(drawn), finished);
    progress.pictures(batch->pictures.size());
  }
}

// Whatever would stop the job later is better said now.
void Job::measure() {
  PictureBatches batches(plan_, batch_size_, shard_);
  while (const auto batch = batches.next()) {
    const std::uint64_t evaluations = drawer_.evaluations(batch->steps());
    if (complete(*batch)) continue;
    work_.pictures += batch->pictures.size();
    work_.steps += evaluations;
  }
}

bool Job::complete(const PictureBatch& batch) const {
  std::size_t there = 0;
  for (const Picture& picture : batch.pictures) there += files_.has(picture) ? 1 : 0;
  return there == batch.pictures.size();
}

torch::Tensor Job::draw(const PictureBatch& batch, const Cancellation& cancelled, JobProgress& progress) {
  return drawer_.draw(batch, [&](const SamplingStep& step) {
    progress.step(step);
    preview_.after(step, batch.pictures.size());
    if (film_) film_->after(step, drawer_.scheduler(batch.steps()));
    return !cancelled;
  });
}

/// `drawn`: the batch's pictures, none if all of them are there.
void Job::finish(const PictureBatch& batch, const std::vector<GrayImage>& drawn,
                 const PictureSink& finished) {
  std::vector<bool> kept;
  std::vector<GrayImage> images;
  for (std::size_t i = 0; i < batch.pictures.size(); ++i) {
    // A neighbour that is there was drawn again for the batch's shape only.
    kept.push_back(drawn.empty() || files_.has(batch.pictures[i]));
    images.push_back(kept[i] ? read_image(batch.pictures[i].file) : drawn[i]);
  }
  std::vector<std::optional<NearestGlyph>> nearest(images.size());
  if (resemblances_) nearest = resemblances_->find(images);
  std::vector<PictureFiles::Finished> with_file;
  for (std::size_t i = 0; i < batch.pictures.size(); ++i) {
    if (!batch.pictures[i].file.empty())
      with_file.push_back({&batch.pictures[i], &images[i], nearest[i], kept[i]});
  }
  const std::vector<std::string> entries = files_.write(with_file);
  for (std::size_t k = 0; k < entries.size(); ++k) finished(*with_file[k].picture, entries[k]);
  if (!sheet_.wanted()) return;
  for (std::size_t i = 0; i < batch.pictures.size(); ++i)
    sheet_.add(batch.pictures[i], std::move(images[i]),
               resemblances_ ? resemblances_->show(*nearest[i]) : Resemblance{});
}

}  // namespace glyffuser
