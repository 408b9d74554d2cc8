#include "glyffuser/train/named_tensors.hpp"

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {

void copy_by_name(const std::map<std::string, torch::Tensor>& from,
                  const std::map<std::string, torch::Tensor>& to, const std::string& what) {
  const torch::NoGradGuard no_grad;
  for (const auto& [name, tensor] : to) {
    const auto found = from.find(name);
    if (found == from.end())
      throw FileError(cat("its ", what, " lack `", name, "`, expected those of this model"));
    if (found->second.sizes() != tensor.sizes())
      throw FileError(cat("`", name, "` of its ", what, " has the shape ", found->second.sizes(),
                          ", expected ", tensor.sizes(), " as in this model"));
    torch::Tensor(tensor).copy_(found->second);
  }
}

}  // namespace glyffuser
