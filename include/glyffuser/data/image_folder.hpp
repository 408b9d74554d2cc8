#pragma once
// A data set as a folder of pictures, in the layout of Hugging Face's ImageFolder and of the article's
// original.

#include "glyffuser/data/data_config.hpp"
#include "glyffuser/data/glyph_records.hpp"

namespace glyffuser {

/// The pictures that `metadata.jsonl` in `config.folder` lists, one JSON object a line with `file_name`
/// (relative to the folder) and `text` or `caption`; other keys are passed over. Captions may be missing, for
/// an unconditional model, if they are in all lines; they are empty then. The pictures become grey squares of
/// `config.image_size` (image/resize.hpp); with `max_glyphs`, an evenly spread part of the lines. Throws
/// ConfigError with data.characters; FileError with the line: a line that is no such object, some captions
/// empty, a picture that is missing or damaged.
GlyphRecords read_image_folder(const DataConfig& config);

}  // namespace glyffuser
