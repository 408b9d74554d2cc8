#include "glyffuser/nn/recompute.hpp"

#include <ATen/core/ivalue.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

namespace glyffuser::nn {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Body final : torch::CustomClassHolder {
  explicit Body(std::function<Tensor(const variable_list&)> body) : run(std::move(body)) {}
  std::function<Tensor(const variable_list&)> run;
};

struct RecomputeFunction : torch::autograd::Function<RecomputeFunction> {
  static Tensor forward(AutogradContext* context, const c10::intrusive_ptr<Body>& body,
                        torch::TensorList inputs) {
    context->save_for_backward(inputs.vec());
    context->saved_data["body"] = c10::IValue::make_capsule(body);
    return body->run(inputs.vec());  // gradients are off here
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto body = c10::static_intrusive_pointer_cast<Body>(context->saved_data["body"].toCapsule());
    const torch::AutoGradMode with_gradients(true);
    variable_list leaves;
    for (const Tensor& input : context->get_saved_variables())
      leaves.push_back(input.detach().requires_grad_(input.requires_grad()));
    // Parameters take their gradients here, the inputs' are handed on.
    torch::autograd::backward({body->run(leaves)}, gradients);
    variable_list result{{}};
    for (const Tensor& leaf : leaves) result.push_back(leaf.grad());
    return result;
  }
};

}  // namespace

Tensor recompute(const std::function<Tensor(const std::vector<Tensor>&)>& body,
                 const std::vector<Tensor>& inputs) {
  // An autograd function takes no undefined tensors.
  std::vector<Tensor> defined;
  std::vector<bool> is_defined;
  bool needed = false;
  for (const Tensor& input : inputs) {
    is_defined.push_back(input.defined());
    if (input.defined()) defined.push_back(input);
    needed = needed || (input.defined() && input.requires_grad());
  }
  if (!needed || !torch::GradMode::is_enabled()) return body(inputs);
  const auto with_gaps = [body, is_defined](const std::vector<Tensor>& given) {
    std::vector<Tensor> all;
    auto next = given.begin();
    for (const bool present : is_defined) all.push_back(present ? *next++ : Tensor());
    return body(all);
  };
  return RecomputeFunction::apply(c10::make_intrusive<Body>(with_gaps), torch::TensorList(defined));
}

}  // namespace glyffuser::nn
