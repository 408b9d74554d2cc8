#pragma once
// `--prompts -`: requests from standard input, one JSON object a line (sample/requests.hpp, and `id`, which
// is handed back), each answered by one JSON line as soon as its pictures are written:
//
//   {"prompt": "gold", "num_images": 2, "id": 7}
//   {"id": 7, "images": [{"file": "samples/gold/seed-0.png", …}, {…}]}
//   {"prompt": "gold", "sed": 1}
//   {"error": "line 2: unknown key `sed` (did you mean `seed`?)"}

#include <torch/types.h>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/line_input.hpp"
#include "glyffuser/core/signals.hpp"
#include "glyffuser/sample/sample.hpp"

namespace glyffuser {

/// Answers lines until the input ends or `cancelled`; the model is loaded once. Empty lines are passed over.
/// Returns the exit code of the first request that failed, done if none did. Throws ConfigError for settings
/// that make no sense here and a manifest of somebody else's, FileError for the model, RunError if the input
/// cannot be read or the folder or its manifest cannot be written, and what `answer` throws.
ExitCode serve_requests(const SampleConfig& config, const DataConfig& data, const torch::Device& device,
                        const Cancellation& cancelled, LineInput& input, const ResultSink& answer);

}  // namespace glyffuser
