"""Which pictures are copies of training glyphs, by their pixels."""

from dataclasses import dataclass

import numpy as np
import torch

CORRELATION = 0.95
RATIO = 1 / 3
SIDE = 32


@dataclass(frozen=True)
class Nearest:
    """Of each picture: the place of the nearest training glyph among those given, their correlation, and the ratio of
    the distances to the nearest and to the second nearest that is drawn differently."""

    place: np.ndarray
    correlation: np.ndarray
    ratio: np.ndarray

    def alike(self):
        """[n] bool: so like a training glyph, whatever others are like."""
        return self.correlation > CORRELATION

    def copied(self):
        """[n] bool: so like a training glyph, and so much more than any other, that it is a copy of it. The correlation
        alone is that high for about one in a hundred pairs of different characters; the ratio is that of Gu et al.
        2023 (arXiv 2310.02664)."""
        return self.alike() & (self.ratio < RATIO)


def shrink(ink):
    """uint8 [n, s, s], s a multiple of 32, as float [n, 32 * 32] in 0 ... 1: means of squares."""
    side = ink.shape[-1] // SIDE
    blocks = np.asarray(ink).reshape(len(ink), SIDE, side, SIDE, side)
    return torch.from_numpy(blocks.mean((2, 4), dtype=np.float32).reshape(len(ink), -1) / 255)


def standardize(rows):
    """Zero mean and unit length, so that products are correlations; a row without contrast becomes zero."""
    rows = rows - rows.mean(1, keepdim=True)
    return torch.nn.functional.normalize(rows, dim=1)


def moved(ink):
    """{how: the ink [n, s, s], its paper at the edges} moved to the right by half a pixel, one and two."""
    one, two = np.roll(ink, 1, axis=2), np.roll(ink, 2, axis=2)
    half = ((ink.astype(np.uint16) + one + 1) // 2).astype(np.uint8)
    return {"half a pixel to the right": half, "a pixel to the right": one, "two pixels to the right": two}


def nearest_glyphs(ink, training, batch=512):
    """`Nearest` of ink [n, s, s] among the training glyphs [m, s', s'], uint8. Glyphs with equal pixels are one here, or
    the second nearest would be the nearest again and nothing a copy."""
    pixels = shrink(training)
    _, first = np.unique(pixels.numpy(), axis=0, return_index=True)
    first = np.sort(first)
    pixels = pixels[first]
    directions = standardize(pixels)
    place, correlation, ratio = [], [], []
    for part in shrink(ink).split(batch):
        distances, nearest = torch.cdist(part, pixels).topk(2, dim=1, largest=False)
        place.append(first[nearest[:, 0].numpy()])
        correlation.append((standardize(part) * directions[nearest[:, 0]]).sum(1))
        ratio.append(distances[:, 0] / distances[:, 1].clamp(min=1e-6))
    return Nearest(np.concatenate(place), torch.cat(correlation).numpy(), torch.cat(ratio).numpy())
