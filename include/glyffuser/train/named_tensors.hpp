#pragma once
// Tensors by name: a network's parameters, and what a checkpoint keeps for each of them.

#include <torch/types.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace glyffuser {

/// Name and tensor of every trained parameter, in a fixed order.
using NamedParameters = std::vector<std::pair<std::string, torch::Tensor>>;

/// Copies into every tensor of `to` the one of that name in `from`; others there are left alone. Throws
/// FileError naming the first that is missing or of another shape; `what` says what `from` is, "weights".
void copy_by_name(const std::map<std::string, torch::Tensor>& from,
                  const std::map<std::string, torch::Tensor>& to, const std::string& what);

}  // namespace glyffuser
