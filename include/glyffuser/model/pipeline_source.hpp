#pragma once
// The custom diffusers pipeline that goes into every model folder; src/model/pipeline.py, compiled in.

#include <string_view>

namespace glyffuser {

/// The text of that file.
std::string_view pipeline_source();

}  // namespace glyffuser
