#pragma once
// The page that shows a run: src/train/page, compiled in as one document that needs no network.

#include <string_view>

namespace glyffuser {

/// The document, with the mark {{data}} exactly once where the data blocks belong.
std::string_view report_page();

}  // namespace glyffuser
