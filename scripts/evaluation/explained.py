"""Pictures that explain: a glyph under growing noise, and one step of training. With the model in diffusers."""

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from judge import fonts

GAP, LABEL = 8, 22
NOISE_RANGE = 3  # standard deviations from black to white, where noise is shown


def load(model):
    """The folder as a diffusers pipeline."""
    from diffusers import DiffusionPipeline, logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    return DiffusionPipeline.from_pretrained(model, custom_pipeline=str(model), trust_remote_code=True)


def as_pixels(ink):
    """Ink uint8 [128, 128] as the model's images are: [1, 1, 128, 128], paper +1, ink -1."""
    return 1 - torch.as_tensor(ink)[None, None].float() / 127.5


def as_grey(pixels, extent=1):
    """[1, 1, s, s] in -extent ... extent as grey values, uint8 [s, s]."""
    return ((pixels[0, 0] / extent + 1) * 127.5).round().clamp(0, 255).byte().numpy()


def with_noise(ink, seed):
    """The glyph and a noise for it, both [1, 1, 128, 128]."""
    original = as_pixels(ink)
    return original, torch.randn(original.shape, generator=torch.Generator().manual_seed(seed))


def diffuse(pipeline, original, noise, t):
    """(x_t, how much of the glyph is in it, how much of the noise) at time step t (Ho et al. 2020, arXiv 2006.11239, equation
    4). Not by the scheduler's add_noise: a solver's means the steps of the sampling that it has been set to."""
    kept = pipeline.scheduler.alphas_cumprod[t]
    alpha, sigma = kept.sqrt(), (1 - kept).sqrt()
    return alpha * original + sigma * noise, alpha, sigma


def noised(pipeline, ink, steps, seed=0):
    """[(label, grey)]: the same noise, more and more of it."""
    original, noise = with_noise(ink, seed)
    cells = [("clean", as_grey(original))]
    for t in steps:
        cells.append((f"t = {t}", as_grey(diffuse(pipeline, original, noise, t)[0])))
    return cells


@torch.no_grad()
def training_step(pipeline, ink, caption, t, seed=0):
    """[(label, grey)] of a step as training does it, and its mean squared errors, in the noise and in the glyph, beside that
    of a blank sheet for the glyph: noise is added, the network answers, and its answer, whatever it was trained to say,
    implies a noise and a clean glyph."""
    patch = pipeline.facts["patch_size"]
    original, noise = with_noise(ink, seed)
    x, alpha, sigma = diffuse(pipeline, original, noise, t)
    text = pipeline.encode([caption])
    answer = pixel_shuffle(pipeline.predict(pixel_unshuffle(x, patch), torch.tensor(t), text, 1, 0), patch)
    clean = {
        "sample": lambda: answer,
        "epsilon": lambda: (x - sigma * answer) / alpha,
        "v_prediction": lambda: alpha * x - sigma * answer,
    }[pipeline.scheduler.config.prediction_type]()
    implied = (x - alpha * clean) / sigma
    cells = [
        ("clean", as_grey(original)), ("noise ε", as_grey(noise, NOISE_RANGE)), (f"both, at t = {t}", as_grey(x)),
        ("ε, predicted", as_grey(implied, NOISE_RANGE)), ("clean, predicted", as_grey(clean)),
    ]  # fmt: skip
    differences = {"noise": implied - noise, "glyph": clean - original, "blank": 1 - original}
    return cells, {name: difference.square().mean().item() for name, difference in differences.items()}


def strip(cells, file):
    """Grey pictures of one size [(label, uint8 [s, s])] beside each other, labels below, as a PNG."""
    side = cells[0][1].shape[0]
    font = ImageFont.truetype(str(fonts.NOTO_SANS[0][0]), 13, index=fonts.NOTO_SANS[0][1])
    picture = Image.new("L", (len(cells) * (side + GAP) + GAP, side + GAP + LABEL), 255)
    draw = ImageDraw.Draw(picture)
    for i, (label, grey) in enumerate(cells):
        left = GAP + i * (side + GAP)
        picture.paste(Image.fromarray(np.asarray(grey)), (left, GAP))
        draw.rectangle((left - 1, GAP - 1, left + side, GAP + side), outline=200)
        draw.text((left + side / 2, GAP + side + LABEL / 2), label, fill=0, font=font, anchor="mm")
    picture.save(file, optimize=True)
