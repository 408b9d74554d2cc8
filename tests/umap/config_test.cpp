#include "glyffuser/umap/config.hpp"

#include <gtest/gtest.h>

#include "glyffuser/config/dump.hpp"
#include "glyffuser/config/reader.hpp"
#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

struct Document {
  UmapConfig umap;
};

void describe(config::Fields& fields, Document& document) {
  fields.section("umap", document.umap);
}

Document read(const std::string& text) {
  Document document;
  config::read(config::parse_text(text, "map.yaml"), document);
  return document;
}

TEST(UmapConfigTest, DumpsToADocumentThatReadsBack) {
  Document document = read("umap: {features: text, timesteps: [0, 5], epochs: 10}");
  EXPECT_EQ(document.umap.features, "text");
  EXPECT_EQ(document.umap.timesteps, (std::vector<std::int64_t>{0, 5}));
  const std::string dumped = config::dump(document);
  EXPECT_EQ(config::dump(read(dumped)), dumped);
}

TEST(UmapConfigTest, ValuesOutOfRangeAreNamed) {
  testing::expect_error<ConfigError>([] { read("umap: {n_neighbors: 1}"); }, {"umap.n_neighbors", "2"});
  testing::expect_error<ConfigError>([] { read("umap: {features: vae}"); }, {"umap.features", "pca"});
  testing::expect_error<ConfigError>([] { read("umap: {timesteps: [0, 1000]}"); }, {"umap.timesteps", "999"});
}

TEST(UmapConfigTest, WhatCannotBeIsRefused) {
  EXPECT_NO_THROW(validate(UmapConfig{}));
  const auto refused = [](const std::string& text, std::initializer_list<std::string> parts) {
    testing::expect_error<ConfigError>([&] { validate(read(text).umap); }, parts);
  };
  refused("umap: {tile_size: 62}", {"umap.tile_size", "62", "multiple of 4"});
  refused("umap: {timesteps: []}", {"umap.timesteps", "at least one"});
  refused("umap: {model: some, steps: []}", {"umap.steps", "at least one", "some"});
  EXPECT_NO_THROW(validate(read("umap: {steps: []}").umap));
}

}  // namespace
}  // namespace glyffuser
