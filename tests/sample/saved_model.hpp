#pragma once
// Tiny models as folders, to sample from.

#include <string>

#include "glyffuser/model/model.hpp"
#include "glyffuser/sample/config.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_model.hpp"

namespace glyffuser::testing {

/// An unconditional one of 32 x 32 pixels, and a configuration that draws two pictures with it in two steps.
class SavedModel {
 public:
  SavedModel() {
    save_model(folder_ / "model", tiny_model(), {});
    config_.model = (folder_ / "model").string();
    config_.out = (folder_ / "out").string();
    config_.request.num_images = 2;
    config_.request.steps = {2};
  }

  const TemporaryFolder& folder() const { return folder_; }
  SampleConfig config() const { return config_; }

 private:
  TemporaryFolder folder_;
  SampleConfig config_;
};

}  // namespace glyffuser::testing
