#include "glyffuser/train/bookkeeping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"
#include "tests/encoder/tiny_text_encoder.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_run.hpp"

namespace glyffuser {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

GlyphSet some_pictures(bool with_held_out) {
  GlyphRecords records;
  torch::manual_seed(1);
  records.ink = pack_pictures(torch::randint(256, {8, 32, 32}, torch::kUInt8));
  records.code_points.assign(8, 0);
  std::vector<bool> held_out;
  for (int i = 0; i < 8; ++i) {
    records.captions.push_back(cat("caption ", i));
    held_out.push_back(with_held_out && i % 2 == 0);
  }
  return {std::move(records), held_out};
}

/// A run of four steps, validated after every second one, of which nothing is trained: the trainer is given
/// states.
class BookkeepingTest : public ::testing::Test {
 protected:
  BookkeepingTest() {
    config_.output.dir = (folder_ / "run").string();
    config_.train.steps = 4;
    config_.train.keep_best = true;
    config_.train.validate_every = 2;
    config_.train.preview.every = 2;
    config_.train.preview.images = 1;
    config_.train.preview.steps = 1;
  }

  /// Where a trainer is after this step, with averages that are not the weights.
  static Checkpoint state_at(const Trainer& trainer, std::int64_t step, double average = 0.01) {
    Checkpoint state = trainer.checkpoint();
    state.state.step = step;
    state.state.samples = 8 * step;
    for (auto& [name, tensor] : state.ema) tensor = torch::full_like(tensor, average);
    return state;
  }

  RunParts parts() const { return {config_, glyphs_, captions_.get(), 4, torch::kCPU, {{"threads", "77"}}}; }
  glyffuser::Run open() const { return {config_.output, "", "", "auto"}; }
  fs::path run() const { return folder_ / "run"; }
  std::string report() const { return read_file(run() / "report.html"); }

  testing::TemporaryFolder folder_;
  RunConfig config_ = testing::tiny_config();
  GlyphSet glyphs_ = some_pictures(true);
  std::unique_ptr<TrainingCaptions> captions_;
  const TrainOptions quiet_{
      .asked_config = "", .resolved_config = "", .resume = "auto", .dry_run = false, .quiet = true};
};

TEST_F(BookkeepingTest, AveragesAreWhatIsValidatedShownAndSaved) {
  Trainer trainer(config_, nullptr, 4, torch::kCPU);
  const torch::Tensor weights = trainer.checkpoint().weights.at("conv_in.weight").clone();
  trainer.load(state_at(trainer, 2));
  const glyffuser::Run folder = open();
  Bookkeeping books(parts(), folder, trainer, quiet_);
  books.after_step({.loss = 1, .grad_norm = 1});
  for (const fs::path& model : {run() / "best", books.finish()}) {
    const Model saved = load_model(model, torch::kCPU);
    EXPECT_TRUE(saved.unet->named_parameters()["conv_in.weight"].eq(0.01F).all().item<bool>()) << model;
    EXPECT_EQ(saved.info.steps, 2);
    EXPECT_EQ(saved.info.samples, 16);
  }
  EXPECT_TRUE(torch::equal(trainer.checkpoint().weights.at("conv_in.weight"), weights));
  RunHistory history(run() / "metrics.jsonl");
  history.read_new();
  const double loss = history.records("validation").column("loss").at(0);
  const Validation validation(glyphs_, 256, 8, 1000);
  const std::string shown = read_file(run() / "samples/step-00000002.png");
  const Preview preview(config_.train.preview, nullptr);
  EXPECT_NE(validation.run(trainer).front().second, loss);
  preview.write(trainer.model(), folder_ / "weights.png");
  EXPECT_NE(read_file(folder_ / "weights.png"), shown);
  EXPECT_TRUE(trainer.model().unet->is_training());
  const Ema::Applied averaged(trainer.ema());
  EXPECT_EQ(validation.run(trainer).front().second, loss);
  preview.write(trainer.model(), folder_ / "averages.png");
  EXPECT_EQ(read_file(folder_ / "averages.png"), shown);
}

TEST_F(BookkeepingTest, OnlyABetterModelReplacesTheBest) {
  const auto best_step_after = [&](Trainer& trainer, Bookkeeping& books, std::int64_t step, double average) {
    trainer.load(state_at(trainer, step, average));
    books.after_step({.loss = 1, .grad_norm = 1});
    return fs::exists(run() / "best") ? read_model_info(run() / "best/glyffuser.json").steps : 0;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Trainer trainer(config_, nullptr, 100, torch::kCPU);
  {
    const glyffuser::Run folder = open();
    Bookkeeping books(parts(), folder, trainer, quiet_);
    EXPECT_EQ(best_step_after(trainer, books, 2, nan), 0);
    EXPECT_EQ(best_step_after(trainer, books, 4, 0.1), 4);
    EXPECT_EQ(best_step_after(trainer, books, 6, 1), 4);  // far worse
    books.stop(Stop::out_of_time);
  }
  {
    glyffuser::Run folder = open();
    trainer.load(*folder.take_checkpoint());
    const TrainState stopped = trainer.state();
    Bookkeeping books(parts(), folder, trainer, quiet_);
    EXPECT_EQ(best_step_after(trainer, books, 8, 1), 4);  // what was the best is known
    EXPECT_TRUE(stopped.best_validation_loss);
  }
  fs::remove_all(run() / "best");
  glyffuser::Run folder = open();
  trainer.load(*folder.take_checkpoint());
  Bookkeeping books(parts(), folder, trainer, quiet_);
  EXPECT_EQ(best_step_after(trainer, books, 10, 1), 10);  // better than none
}

TEST_F(BookkeepingTest, StoppingSavesAllThatTheNextProcessNeeds) {
  Trainer trainer(config_, nullptr, 4, torch::kCPU);
  const glyffuser::Run folder = open();
  {
    Bookkeeping books(parts(), folder, trainer, quiet_);
    trainer.load(state_at(trainer, 1));
    books.after_step({.loss = 3, .grad_norm = 5});
    books.stop(Stop::terminated);
  }
  const Checkpoint saved = load_checkpoint(run() / "checkpoints/step-00000001");
  EXPECT_EQ(saved.state.sums.loss, 3);
  EXPECT_EQ(saved.state.sums.grad_norm, 5);
  EXPECT_EQ(saved.environment.at("threads"), "77");
  EXPECT_THAT(report(), HasSubstr("\"state\":\"stopped\""));
  EXPECT_FALSE(fs::exists(run() / "model"));
}

TEST_F(BookkeepingTest, FinishingSavesTheStateToo) {
  Trainer trainer(config_, nullptr, 4, torch::kCPU);
  trainer.load(state_at(trainer, 3));
  config_.output.weights = "float16";
  const glyffuser::Run folder = open();
  {
    Bookkeeping books(parts(), folder, trainer, quiet_);
    trainer.load(state_at(trainer, 4));
    EXPECT_EQ(books.finish(), run() / "model");
  }
  EXPECT_EQ(load_checkpoint(run() / "checkpoints/step-00000004").state.samples, 32);
  EXPECT_THAT(report(), HasSubstr("\"state\":\"finished\""));
  EXPECT_THAT(report(), HasSubstr("\"total_steps\":4"));
  EXPECT_THAT(read_file(run() / "model/unet/diffusion_pytorch_model.safetensors"), HasSubstr("\"F16\""));
  RunHistory history(run() / "metrics.jsonl");
  history.read_new();
  EXPECT_THAT(history.run_record(), HasSubstr("\"training_glyphs\":4"));
}

TEST_F(BookkeepingTest, TheSavedTokenizerEndsTextsWhereTrainingDid) {
  const testing::TinyTextEncoder encoder;
  RunConfig conditional = testing::tiny_conditional_config(encoder.path(), (folder_ / "cache").string());
  conditional.output = config_.output;
  conditional.text_encoder.max_length = 16;
  conditional.train.preview.every = 0;
  config_ = conditional;
  captions_ = std::make_unique<TrainingCaptions>(config_, glyphs_, torch::kCPU);
  Trainer trainer(config_, captions_.get(), 4, torch::kCPU);
  const glyffuser::Run folder = open();
  Bookkeeping(parts(), folder, trainer, quiet_).finish();
  const auto tokenizer = nlohmann::json::parse(read_file(run() / "model/tokenizer/tokenizer_config.json"));
  EXPECT_EQ(tokenizer["model_max_length"], 16);
}

TEST_F(BookkeepingTest, NoBestWithoutHeldOutGlyphsIsSaid) {
  Trainer trainer(config_, nullptr, 4, torch::kCPU);
  const glyffuser::Run folder = open();
  const auto said = [&] {
    ::testing::internal::CaptureStderr();
    const Bookkeeping books(parts(), folder, trainer, quiet_);
    return ::testing::internal::GetCapturedStderr();
  };
  EXPECT_THAT(said(), Not(HasSubstr("train.keep_best")));
  glyphs_ = some_pictures(false);
  EXPECT_THAT(said(), HasSubstr("train.keep_best"));
}

}  // namespace
}  // namespace glyffuser
