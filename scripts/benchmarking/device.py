"""What the contestants that train have in common with glyffuser on a GPU."""

import torch


def device_of(name):
    """The device, where fp32 then means what it means to glyffuser there: products and convolutions in TF32
    (src/tensor/device.cpp)."""
    device = torch.device(name)
    if device.type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
    return device
