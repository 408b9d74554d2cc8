"""The judge's network: a small CNN on 64 x 64 pictures of ink, and its weights as a file."""

import json
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from .characters import LAYOUTS, RADICALS

WEIGHTS = Path(__file__).with_name("judge.safetensors")
FEATURES = 128
FONTS = 6


class Verdicts(NamedTuple):
    """Of n pictures. radical [n, 214]: log odds, radical k at place k - 1. simplified [n]: log odds of the simplified
    form. layout [n, 12]: in the order of LAYOUTS. font [n, 6]: which of the training fonts; only for training.
    features [n, 128]: what all of these are linear in."""

    radical: torch.Tensor
    simplified: torch.Tensor
    layout: torch.Tensor
    font: torch.Tensor
    features: torch.Tensor


def convolution(inputs, outputs, size=3, stride=1):
    return nn.Sequential(nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs))


class Residual(nn.Module):
    """Two convolutions beside an identity (He et al. 2016, arXiv 1512.03385)."""

    def __init__(self, channels):
        super().__init__()
        self.first = convolution(channels, channels)
        self.second = convolution(channels, channels)

    def forward(self, x):
        return functional.relu(x + self.second(functional.relu(self.first(x))))


class Judge(nn.Module):
    """What a picture [n, 1, 64, 64] of ink, 0 ... 1, shows."""

    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(
            convolution(1, 32, size=5, stride=2), nn.ReLU(),
            convolution(32, 64, stride=2), nn.ReLU(), Residual(64),
            convolution(64, 128, stride=2), nn.ReLU(), Residual(128), Residual(128),
        )
        # Where a component stands matters, so places are weighted by learned maps, four for each channel, and not
        # averaged (as the global depthwise convolution of Chen et al. 2018, arXiv 1804.07573).
        self.places = nn.Sequential(nn.Conv2d(128, 512, 8, groups=128, bias=False), nn.BatchNorm2d(512), nn.Flatten())
        self.features = nn.Sequential(nn.Linear(512, FEATURES, bias=False), nn.BatchNorm1d(FEATURES))
        self.heads = nn.Linear(FEATURES, RADICALS + 1 + len(LAYOUTS) + FONTS)

    def forward(self, pictures) -> Verdicts:
        features = self.features(self.places(self.trunk(pictures)))
        hidden = functional.dropout(features, 0.1, self.training)
        parts = self.heads(hidden).split([RADICALS, 1, len(LAYOUTS), FONTS], dim=1)
        return Verdicts(parts[0], parts[1].squeeze(1), parts[2], parts[3], features)


def as_pictures(ink):
    """uint8 [n, 64, 64] as the network's input."""
    return torch.as_tensor(ink).unsqueeze(1).float() / 255


@torch.inference_mode()
def judge(model, ink, batch=256) -> Verdicts:
    """The verdicts on ink uint8 [n, 64, 64], in float32, n at least 1."""
    parts = [model(as_pictures(ink[start:start + batch])) for start in range(0, len(ink), batch)]
    return Verdicts(*(torch.cat(column) for column in zip(*parts)))


def save(model, file, metadata):
    """All weights as float16; `metadata` is kept as JSON in the header."""
    state = {name: value.half().contiguous() for name, value in model.state_dict().items() if value.is_floating_point()}
    save_file(state, str(file), metadata={"judge": json.dumps(metadata, sort_keys=True)})


def load(file=WEIGHTS):
    """The judge, ready to judge, and its metadata. Raises SystemExit if there is no such file."""
    if not Path(file).is_file():
        raise SystemExit(f"{file}: no such file; scripts/judge/train.py makes it")
    with safe_open(str(file), "pt") as saved:
        state = {name: saved.get_tensor(name).float() for name in saved.keys()}
        metadata = json.loads(saved.metadata()["judge"])
    model = Judge()
    missing, unexpected = model.load_state_dict(state, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise SystemExit(f"{file}: not this judge's weights: {[*missing, *unexpected][0]} does not fit")
    return model.eval(), metadata
