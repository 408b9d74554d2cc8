#include "glyffuser/train/model_card.hpp"

#include <sstream>

#include "glyffuser/core/paths.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/diffusion/make_scheduler.hpp"

namespace glyffuser {

std::string model_card(const RunConfig& config, const Model& model, const GlyphSet& glyphs) {
  const double epochs =
      static_cast<double>(model.info.samples) / static_cast<double>(glyphs.training().size());
  std::ostringstream card;
  card << "# A glyffuser model\n\n"
       << (model.info.conditional ? "Draws glyphs from English prompts" : "Draws glyphs, without a prompt")
       << ", " << model.info.image_size << " × " << model.info.image_size << " pixels.\n\n"
       << "- Network: diffusers' " << model.unet->config().class_name << ", " << parameter_count(*model.unet)
       << " parameters, images in patches of " << model.info.patch_size << " × " << model.info.patch_size
       << "\n"
       << "- Diffusion: " << config.scheduler.beta_schedule << " schedule, "
       << config.scheduler.num_train_timesteps << " time steps, " << config.scheduler.prediction_type
       << "; drawn with " << scheduler_name(config.scheduler) << "\n"
       << "- Data: " << glyphs.training().size() << " glyphs trained on, " << glyphs.held_out().size()
       << " held out, "
       << (config.data.folder
               ? cat("from the folder ", folder_name(*config.data.folder))
               : cat("drawn from ", std::filesystem::path(config.data.font).filename().string(),
                     " with the definitions of ",
                     std::filesystem::path(config.data.definitions).filename().string()))
       << "\n"
       << "- Training: " << model.info.steps << " steps, " << model.info.samples << " samples ("
       << fixed(epochs, 1) << " epochs), batch " << config.train.batch_size << ", AdamW "
       << shortest(config.train.optimizer.learning_rate) << ", caption dropout "
       << shortest(config.train.caption_dropout) << "; these are the averaged weights (EMA "
       << shortest(config.train.ema.decay) << ")\n\n"
       << "Use: `glyffuser sample --model DIR" << (model.info.conditional ? " --prompt gold" : "")
       << "`, or from Python\n"
       << "`DiffusionPipeline.from_pretrained(DIR, custom_pipeline=DIR, trust_remote_code=True)`.\n";
  return card.str();
}

}  // namespace glyffuser
