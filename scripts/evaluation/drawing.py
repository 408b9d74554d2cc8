"""Pictures drawn by the `glyffuser` binary, kept as PNGs so that a stopped evaluation goes on where it was."""

import hashlib
import json
import shutil
import subprocess
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from judge import fonts

from .plan import Plan

REPOSITORY = Path(__file__).resolve().parents[2]
PROMPTS_AT_ONCE = 64  # in one run of the binary: a stop loses no more


@dataclass(frozen=True)
class Painter:
    """A model, the binary that draws with it, and the folder where its pictures are kept."""

    binary: Path
    model: Path
    work: Path
    threads: int
    precision: str

    def draw(self, requests, steps, guidance):
        """Ink uint8 [n, 128, 128] of the requests [(prompt, seed)], which may not repeat."""
        folder = self.work / f"steps-{steps}-guidance-{guidance:g}"
        missing = [request for request in requests if not picture_file(folder, *request).is_file()]
        for prompts, seeds in alike(missing):
            for start in range(0, len(prompts), PROMPTS_AT_ONCE):
                self._run(folder, prompts[start:start + PROMPTS_AT_ONCE], seeds, steps, guidance)
        return np.stack([self._read(folder, prompt, seed, steps, guidance) for prompt, seed in requests])

    def _run(self, folder, prompts, seeds, steps, guidance):
        for prompt in prompts:
            picture_file(folder, prompt, 0).parent.mkdir(parents=True, exist_ok=True)
        listing = folder / "prompts.txt"
        listing.write_text("\n".join(prompts) + "\n", encoding="utf-8")
        # Drawn into a folder of its own: the binary names the files, and this evaluation where they stay.
        drawn = folder / "drawing"
        command = [
            self.binary, "sample", "--model", self.model, "--prompts", listing, "--out", drawn, "--quiet",
            "--seeds", ",".join(map(str, seeds)), "--steps", steps, "--guidance-scale", f"{guidance:g}",
            "--threads", self.threads, "--set", f"sample.precision={self.precision}", "--set", "sample.batch_size=64",
        ]
        result = subprocess.run([*map(str, command)], stdout=subprocess.DEVNULL)
        if result.returncode != 0:
            raise SystemExit(f"{self.binary} sample ended with exit code {result.returncode}; the pictures so far are in {folder}")
        for file in drawn.rglob("seed-*.png"):
            parameters = read_parameters(file)
            file.replace(picture_file(folder, parameters["prompt"], parameters["seed"]))
        shutil.rmtree(drawn)

    def _read(self, folder, prompt, seed, steps, guidance):
        file = picture_file(folder, prompt, seed)
        found = read_parameters(file)
        if (found["prompt"], found["seed"], found["steps"], found["guidance_scale"]) != (prompt, seed, steps, guidance):
            raise SystemExit(f"{file}: holds another picture; delete {folder} to draw anew")
        return fonts.read_picture(file)


def add_arguments(parser):
    """What `painter_of` reads."""
    parser.add_argument("model", type=Path, help="a model folder")
    parser.add_argument("--binary", type=Path, default=REPOSITORY / "build/glyffuser")
    parser.add_argument("--work", type=Path, default=REPOSITORY / ".cache/evaluation",
                        help="folder that keeps the pictures")
    parser.add_argument("--guidance", type=float, default=Plan.guidance, help="of all that is guided")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="bf16")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())


def painter_of(args):
    """Raises SystemExit if there is no such binary or model."""
    if not args.binary.is_file():
        raise SystemExit(f"{args.binary}: no such file; build it, or name another with --binary")
    return Painter(args.binary, args.model, args.work / model_name(args.model), args.threads, args.precision)


def model_name(model):
    """Its weights' SHA-256, shortened: the pictures of different models never mix."""
    file = model / "unet/diffusion_pytorch_model.safetensors"
    if not file.is_file():
        raise SystemExit(f"{file}: no such file; a model folder was expected")
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def picture_file(folder, prompt, seed):
    return folder / hashlib.sha256(prompt.encode()).hexdigest()[:16] / f"{seed}.png"


def read_parameters(file):
    """What a picture says of itself."""
    with Image.open(file) as image:
        return json.loads(image.text["glyffuser"])


def alike(requests):
    """[(prompts, seeds)]: the prompts that want the same seeds together, in their first order."""
    seeds = defaultdict(list)
    for prompt, seed in requests:
        seeds[prompt].append(seed)
    together = defaultdict(list)
    for prompt, wanted in seeds.items():
        together[tuple(sorted(wanted))].append(prompt)
    return [(prompts, wanted) for wanted, prompts in together.items()]
