"""Variation that fonts and a generator's hand have and six fonts do not show: weight, place, size, slant, shape, blur,
darkness, grain."""

import torch
from torch.nn import functional


def uniform(count, low, high, generator):
    return torch.empty(count, 1, 1, 1).uniform_(low, high, generator=generator)


def over_neighbours(x, combine):
    """`combine(before, here, after)` along rows, then along columns; outside is paper. Several times as fast as pooling
    and convolution, and otherwise the same."""
    x = functional.pad(x, (1, 1, 1, 1))
    x = combine(x[..., :-2], x[..., 1:-1], x[..., 2:])
    return combine(x[..., :-2, :], x[..., 1:-1, :], x[..., 2:, :])


def change_weight(x, generator):
    """Strokes thinner or thicker, by up to two thirds of a grey erosion or dilation with 3 x 3 pixels."""
    amount = uniform(len(x), -0.5, 0.66, generator)
    thick = over_neighbours(x, lambda a, b, c: torch.maximum(torch.maximum(a, b), c))
    thin = over_neighbours(x, lambda a, b, c: torch.minimum(torch.minimum(a, b), c))
    return x + amount.clamp(min=0) * (thick - x) - amount.clamp(max=0) * (thin - x)


def warp(x, generator):
    """An affine map for each picture, and a smooth field of displacements of about a pixel."""
    count, side = len(x), x.shape[-1]
    affine = torch.zeros(count, 2, 3)
    affine[:, [0, 1], [0, 1]] = torch.empty(count, 2).uniform_(0.88, 1.18, generator=generator)  # inverse of the size
    affine[:, [0, 1], [1, 0]] = torch.empty(count, 2).uniform_(-0.07, 0.07, generator=generator)
    affine[:, :, 2] = torch.empty(count, 2).uniform_(-0.1, 0.1, generator=generator)  # of half a side
    grid = functional.affine_grid(affine, list(x.shape), align_corners=False)
    field = torch.randn(count, 2, 5, 5, generator=generator) * 0.025
    field = functional.interpolate(field, size=(side, side), mode="bilinear", align_corners=True)
    return functional.grid_sample(x, grid + field.permute(0, 2, 3, 1), align_corners=False)


def blur(x, generator):
    soft = over_neighbours(x, lambda a, b, c: (a + c) / 4 + b / 2)
    return x + uniform(len(x), 0, 1, generator) * (soft - x)


def augment(x, generator):
    """Pictures [n, 1, 64, 64] of ink, 0 ... 1, each changed in its own way; the same shape and range."""
    x = blur(warp(change_weight(x, generator), generator), generator)
    x = x * uniform(len(x), 0.75, 1.25, generator)
    x = x + torch.randn(x.shape, generator=generator) * uniform(len(x), 0, 0.08, generator)
    return x.clamp(0, 1)
