#pragma once
// AdamW's step on a CPU with all that follows it, in one pass over memory: a step moves every weight's six
// numbers once, and on a large model that takes as long as a small batch's backward pass.

#include <c10/util/BFloat16.h>

#include <cstdint>

namespace glyffuser {

struct AdamWCoefficients {
  float gradient_scale;  ///< applied to the gradient first: clipping
  float rest1;           ///< 1 - beta1, rounded once: 1.0F - 0.9999999F would be a fifth off
  float beta2, rest2;    ///< and 1 - beta2
  float epsilon;
  float decay;               ///< 1 - learning rate · weight decay
  float step_size;           ///< learning rate / (1 - beta1^n)
  float inverse_correction;  ///< 1 / sqrt(1 - beta2^n)
  float average_weight;      ///< of the new weight in the average; 1 - EMA decay
};

/// One run of `count` weights; their average and their bfloat16 copy may be null.
struct AdamWSlice {
  std::int64_t count;
  float* parameter;
  float* exp_avg;
  float* exp_avg_sq;
  float* average;
  c10::BFloat16* working;
};

/// One AdamW update of the slice (Loshchilov & Hutter 2019, arXiv 1711.05101), then its average and copy.
void adamw_step(const AdamWCoefficients& c, const AdamWSlice& slice, const float* gradient);
void adamw_step(const AdamWCoefficients& c, const AdamWSlice& slice, const c10::BFloat16* gradient);

/// Σ gradient².
double sum_of_squares(const float* gradient, std::int64_t count);
double sum_of_squares(const c10::BFloat16* gradient, std::int64_t count);

}  // namespace glyffuser
