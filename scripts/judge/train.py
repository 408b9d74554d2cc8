#!/usr/bin/env python3
"""Trains the judge on six fonts that the generator never sees, and measures it on characters kept from it.

Usage: scripts/judge/train.py [--steps 4500] [--seed 0] [--out scripts/judge/judge.safetensors]

Needs `scripts/setup --judge`. Rendered fonts and the state of the training lie in .cache/judge; the same command goes
on after a stop, and ends with the same weights as if there had been none. The learning rate is level until the last
quarter of the steps, so a stopped training can be ended sooner with a smaller --steps.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SCRIPTS))
import peers  # noqa: E402, F401  before what may be missing

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch.nn import functional  # noqa: E402

from arguments import count  # noqa: E402
from judge import characters, fonts, network  # noqa: E402
from judge.assess import assess, table  # noqa: E402
from judge.augment import augment  # noqa: E402

BATCH, WARMUP, PEAK_RATE = 256, 200, 2e-3
DECAY_FROM = 0.75  # of the steps
SAVE_EVERY, SAY_EVERY = 100, 50
SMOOTHING = 0.05  # of the radical's labels: the dictionary is not always the eye
WEIGHT = {"simplified": 0.3, "layout": 0.5, "font": 0.1}  # of the losses beside the radical's


class Data:
    """Renders of every character in every family, what is known of the characters, and which are held out."""

    def __init__(self, layouts, cache):
        self.characters = characters.learned()
        known, layout = characters.radicals(), characters.read_layouts(layouts)
        self.radical = torch.tensor([known[c][0] - 1 for c in self.characters])
        self.simplified = torch.tensor([float(known[c][1]) for c in self.characters])
        self.layout = torch.tensor([layout.get(c, characters.NO_LAYOUT) for c in self.characters])
        families = {**fonts.TRAINING, "Noto Sans": fonts.NOTO_SANS}
        self.pictures = {name: fonts.render_cached(name, files, self.characters, cache) for name, files in families.items()}
        groups = characters.groups_of_equal_drawings(list(self.pictures.values()))
        self.held_out = characters.held_out(self.characters, groups)

    def training_pairs(self):
        """[n, 2]: (font, character) of every render to learn from."""
        drawn = np.stack([self.pictures[name][1] & ~self.held_out for name in fonts.TRAINING])
        return torch.from_numpy(np.argwhere(drawn))


def table_of_layouts(cache):
    """The table of scripts/layouts.py, made if it is not in the cache."""
    file = cache / "layouts.tsv"
    if not file.is_file():
        made = subprocess.run([sys.executable, SCRIPTS / "layouts.py"], capture_output=True, text=True)
        if made.returncode != 0:
            raise SystemExit(made.stderr.strip().splitlines()[-1])
        fonts.save(file, Path.write_text, data=made.stdout, encoding="utf-8")
    return file


def learning_rate(step, steps):
    left = (steps - step) / (steps - DECAY_FROM * steps)
    return PEAK_RATE * min(1, (step + 1) / WARMUP, left)


def loss_of(verdicts, data, font, character):
    """Cross entropies; characters without a known layout do not count for it."""
    parts = {
        "radical": functional.cross_entropy(verdicts.radical, data.radical[character], label_smoothing=SMOOTHING),
        "simplified": functional.binary_cross_entropy_with_logits(verdicts.simplified, data.simplified[character]),
        "layout": functional.cross_entropy(verdicts.layout, data.layout[character], ignore_index=characters.NO_LAYOUT),
        "font": functional.cross_entropy(verdicts.font, font),
    }
    return sum(WEIGHT.get(name, 1) * part for name, part in parts.items()), parts


class Training:
    """The network and its optimizer. Step k draws all that is random from (seed, k)."""

    def __init__(self, data, seed):
        torch.manual_seed(seed)
        self.data, self.seed, self.step = data, seed, 0
        self.pairs = data.training_pairs()
        self.ink = torch.from_numpy(np.stack([data.pictures[name][0] for name in fonts.TRAINING]))
        self.model = network.Judge()
        matrices = [p for p in self.model.parameters() if p.ndim > 1]
        others = [p for p in self.model.parameters() if p.ndim <= 1]
        self.optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.05}, {"params": others, "weight_decay": 0}])

    def advance(self, steps):
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + self.step)
        torch.manual_seed(self.seed * 1_000_003 + self.step)  # dropout
        font, character = self.pairs[torch.randint(len(self.pairs), (BATCH,), generator=generator)].T
        pictures = augment(network.as_pictures(self.ink[font, character]), generator)
        with torch.autocast("cpu", torch.bfloat16):
            verdicts = self.model.train()(pictures)
        loss, parts = loss_of(network.Verdicts(*(part.float() for part in verdicts)), self.data, font, character)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, steps)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.step += 1
        return {name: part.item() for name, part in parts.items()}

    def save(self, file):
        state = {"step": self.step, "seed": self.seed, "model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        torch.save(state, file.with_suffix(".partial"))
        file.with_suffix(".partial").replace(file)

    def load(self, file):
        state = torch.load(file, weights_only=True)
        if state["seed"] != self.seed:
            raise SystemExit(f"{file}: a training with seed {state['seed']}, not {self.seed}; delete it to begin anew")
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=4500, help=f"of {BATCH} pictures")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=count, default=1)
    parser.add_argument("--cache", type=Path, default=SCRIPTS.parent / ".cache/judge")
    parser.add_argument("--out", type=Path, default=network.WEIGHTS)
    return parser.parse_args()


def main():
    args = parse_arguments()
    torch.set_num_threads(args.threads)
    data = Data(table_of_layouts(args.cache), args.cache)
    training = Training(data, args.seed)
    print(f"{len(data.characters)} characters, {int(data.held_out.sum())} held out, {len(training.pairs)} renders", flush=True)
    state = args.cache / "training.pt"
    if state.is_file():
        training.load(state)
    began = time.process_time()
    while training.step < args.steps:
        parts = training.advance(args.steps)
        if training.step % SAY_EVERY == 0:
            losses = ", ".join(f"{name} {value:.3f}" for name, value in parts.items())
            print(f"step {training.step}: {losses}, {time.process_time() - began:.0f} s of CPU", flush=True)
        if training.step % SAVE_EVERY == 0 or training.step == args.steps:
            training.save(state)
    figures = assess(training.model.eval(), data)
    metadata = {"seed": args.seed, "steps": training.step, "batch": BATCH, "fonts": list(fonts.TRAINING), "figures": figures}
    network.save(training.model, args.out, metadata)
    print(table(figures))


if __name__ == "__main__":
    main()
