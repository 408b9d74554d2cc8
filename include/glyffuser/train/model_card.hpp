#pragma once
// README.md of a trained model: what it is, what it was trained on, how, and under which licences.

#include <string>

#include "glyffuser/data/glyph_set.hpp"
#include "glyffuser/model/model.hpp"
#include "glyffuser/train/run_config.hpp"

namespace glyffuser {

/// The card in Markdown. model.info.steps and samples must be set.
std::string model_card(const RunConfig& config, const Model& model, const GlyphSet& glyphs);

}  // namespace glyffuser
