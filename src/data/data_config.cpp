#include "glyffuser/data/data_config.hpp"

namespace glyffuser {

void describe(config::Fields& fields, DataConfig& data) {
  fields.field("font", data.font);
  fields.field("font_index", data.font_index, config::between<std::int64_t>(0, 1 << 15));
  fields.field("definitions", data.definitions);
  fields.field("folder", data.folder);
  fields.field("image_size", data.image_size, config::between<std::int64_t>(8, 1024));
  fields.field("font_size", data.font_size, config::between<std::int64_t>(4, 1024));
  fields.field("characters", data.characters);
  fields.field("max_glyphs", data.max_glyphs, config::at_least<std::int64_t>(1));
  fields.field("held_out", data.held_out, config::between(0.0, 0.9));
  fields.field("split_seed", data.split_seed, config::at_least<std::int64_t>(0));
  fields.field("cache", data.cache);
  fields.field("threads", data.threads, config::between<std::int64_t>(0, 1024));
}

}  // namespace glyffuser
