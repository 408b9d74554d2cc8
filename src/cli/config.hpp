#pragma once
// The whole configuration document: what all three commands read, each its own sections.

#include "glyffuser/sample/config.hpp"
#include "glyffuser/train/run_config.hpp"
#include "glyffuser/umap/config.hpp"

namespace glyffuser::cli {

struct Config {
  RunConfig run;
  SampleConfig sample;
  UmapConfig umap;
};

inline void describe(config::Fields& fields, Config& config) {
  glyffuser::describe(fields, config.run);
  fields.section("sample", config.sample);
  fields.section("umap", config.umap);
}

}  // namespace glyffuser::cli
