#pragma once
// The page that shows the map: src/umap/page, compiled in as one document that needs no network.

#include <string_view>

namespace glyffuser {

/// The document, with the mark {{data}} exactly once where the data blocks belong.
std::string_view page_template();

}  // namespace glyffuser
