#pragma once
// What a job writes beside its pictures, none of which may take the place of a file of the user's.

#include "glyffuser/image/png.hpp"
#include "glyffuser/sample/plan.hpp"

namespace glyffuser {

/// What grids, contact sheets and previews carry, so that they are known to be glyffuser's.
PngText sheet_text();

/// Throws ConfigError if two files of the job have one name, if outlines are asked for and only a grid is
/// written, or if a file that is there would be replaced: by a grid, an animation with its contact sheet,
/// --raw or --preview. Sheets that glyffuser wrote may be, and all with --overwrite. Throws RunError as
/// check_can_be_made.
void check_outputs(const SampleConfig& config, const Plan& plan);

/// The same for --preview alone.
void check_preview(const SampleConfig& config);

}  // namespace glyffuser
