"""Real glyphs noised to a time step, and drawn from there to the end. With the model in diffusers."""

import numpy as np
import torch
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from .explained import as_grey, as_pixels, diffuse


def first_step(scheduler, steps, level):
    """The place of the first of a drawing's `steps` time steps that is not above `level`; the last if all are."""
    scheduler.set_timesteps(steps)
    below = (scheduler.timesteps <= level).nonzero()
    return int(below[0]) if len(below) else steps - 1


@torch.no_grad()
def redraw(pipeline, ink, captions, steps, begin, seed=0):
    """Glyphs, ink uint8 [n, 128, 128] with a caption each, as ink again: noised to the time step in place `begin` of a
    drawing of so many steps, and drawn on from it. Glyph k has the noise of seed + k."""
    scheduler, patch = pipeline.scheduler, pipeline.facts["patch_size"]
    scheduler.set_timesteps(steps)
    if hasattr(scheduler, "set_begin_index"):  # a solver counts its steps
        scheduler.set_begin_index(begin)
    timesteps = scheduler.timesteps[begin:]
    generators = [torch.Generator().manual_seed(seed + k) for k in range(len(ink))]
    noise = pipeline.draw_noise(len(ink), generators)
    original = torch.cat([as_pixels(picture) for picture in ink])
    x = pixel_unshuffle(diffuse(pipeline, original, noise, timesteps[0])[0], patch)
    text = pipeline.encode(captions)
    for t in timesteps:
        x = scheduler.step(pipeline.predict(x, t, text, 1, 0), t, x, generator=generators).prev_sample
    return np.stack([255 - as_grey(picture[None]) for picture in pixel_shuffle(x, patch)])
