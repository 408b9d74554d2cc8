#pragma once
// --preview: what the batch being drawn looks like by now, in one picture that is written over and over.

#include "glyffuser/diffusion/sampler.hpp"
#include "glyffuser/model/model.hpp"
#include "glyffuser/sample/config.hpp"

namespace glyffuser {

class SamplePreview {
 public:
  /// Both must outlive this object.
  SamplePreview(const SampleConfig& config, const Model& model) : config_(config), model_(model) {}

  /// Every preview_every evaluations of the network and at the last one: a grid of the first `count` pictures
  /// as the model foresees them (predicted x_0). Throws RunError if the file cannot be written.
  void after(const SamplingStep& step, std::size_t count) const;

 private:
  const SampleConfig& config_;
  const Model& model_;
};

}  // namespace glyffuser
