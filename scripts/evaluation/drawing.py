"""Pictures drawn by the `glyffuser` binary, kept as PNGs so that a stopped evaluation goes on where it was."""

import argparse
import hashlib
import json
import re
import shlex
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from arguments import BINARY, count, model_folder, program
from judge import fonts

from .plan import Plan

REPOSITORY = Path(__file__).resolve().parents[2]
PRECISIONS = ("bf16", "fp32")  # in the order that `any` looks for them
ANY = "any"
SCHEDULERS = ("ddpm", "ddim", "dpmsolver", "dpmsolver++", "sde-dpmsolver", "sde-dpmsolver++", "dpmsolver-sde")
# Of `glyffuser sample`: those that make other pictures of a request, and that no other argument here is for.
SAMPLE_KEYS = ("eta", "guidance_rescale", "timestep_spacing", "solver_order", "solver_type", "final_sigmas_type",
               "use_karras_sigmas", "beta_schedule", "prediction_type")  # fmt: skip


@dataclass(frozen=True)
class Painter:
    """A model, the binary that draws with it, and the folder where its pictures are kept."""

    binary: Path
    model: Path
    scheduler: str
    work: Path
    threads: int
    precision: str
    settings: tuple = ()  # KEY=VALUE of SAMPLE_KEYS
    folders: tuple = ()  # where pictures of any precision are taken from, `work` among them; without only its own count
    used: dict = field(default_factory=dict, compare=False)  # the precision of every picture that was read

    def manner(self):
        """The scheduler, and what else is set, for people."""
        return ", ".join([self.scheduler, *self.settings])

    def options(self):
        """The binary's arguments that all these pictures have in common."""
        settings = [f"precision={self.precision}", *self.settings]
        return ["--model", self.model, "--scheduler", self.scheduler,
                *(part for setting in settings for part in ("--set", f"sample.{setting}"))]  # fmt: skip

    def pictures(self):
        """{precision: how many of the pictures that were read have it}, the most first."""
        return dict(Counter(self.used.values()).most_common())

    def precision_note(self):
        """What the pictures that were read were drawn in, for people."""
        if not self.folders:
            return self.precision
        return " and ".join(f"{count:,} pictures in {name}" for name, count in self.pictures().items())

    def find(self, prompt, seed, steps, guidance):
        """The file of a picture, whether it is drawn already or not."""
        name = picture_file(prompt, seed, steps, guidance)
        return next((folder / name for folder in self.folders if (folder / name).is_file()), self.work / name)

    def draw(self, requests, steps, guidance):
        """Ink uint8 [n, 128, 128] of the requests [(prompt, seed)], which may not repeat."""
        missing = self.missing(requests, steps, guidance)
        if missing:
            self._run(missing)
        return np.stack([self._read(*request, steps, guidance) for request in requests])

    def missing(self, requests, steps, guidance):
        """Those that are not drawn yet, as records of `glyffuser sample --prompts`."""
        return [{"prompt": prompt, "seed": seed, "num_images": 1, "steps": steps, "guidance_scale": guidance,
                 "file": str(picture_file(prompt, seed, steps, guidance))}
                for prompt, seed in requests if not self.find(prompt, seed, steps, guidance).is_file()]  # fmt: skip

    def command(self, listing, out, batch=64):
        """The binary's arguments that draw such records."""
        return ["sample", *self.options(), "--set", f"sample.batch_size={batch}", "--prompts", listing, "--out", out]

    def _run(self, records):
        self.work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            listing = Path(folder) / "missing.jsonl"
            write_records(listing, records)
            command = [self.binary, *self.command(listing, self.work), "--threads", self.threads, "--quiet"]
            result = subprocess.run([*map(str, command)], stdout=subprocess.DEVNULL)
        if result.returncode != 0:
            raise SystemExit(f"{self.binary} sample ended with exit code {result.returncode}; the pictures so far are in {self.work}")

    def _read(self, prompt, seed, steps, guidance):
        file = self.find(prompt, seed, steps, guidance)
        found = read_parameters(file)
        wanted = {"prompt": prompt, "seed": seed, "steps": steps, "guidance_scale": guidance, "scheduler": self.scheduler}
        wanted["eta"] = float(dict(setting.split("=", 1) for setting in self.settings).get("eta", 0))
        precisions = PRECISIONS if self.folders else (self.precision,)
        if found.get("precision") not in precisions or any(found.get(key) != value for key, value in wanted.items()):
            raise SystemExit(f"{file}: holds another picture; delete {file.parent} to draw anew")
        self.used[picture_file(prompt, seed, steps, guidance)] = found["precision"]
        return fonts.read_picture(file)

    def copy(self, target, prompt, seed, steps, guidance):
        """A picture as a file that says it was drawn here and now: the binary puts no others together, such as those of another
        precision, or of the same weights in a folder of another name. Its text is to be byte for byte as the binary's."""
        model = describe_model(self.binary, self.model)
        said = {"precision": self.precision, "model": model["name"], "model_hash": model["hash"]}
        with Image.open(self.find(prompt, seed, steps, guidance)) as image:
            text = image.text["glyffuser"]
            for key, value in said.items():
                written = f'"{key}":{json.dumps(value, ensure_ascii=False)}'
                text = re.sub(rf'"{key}":"[^"]*"', lambda _, written=written: written, text)
            texts = PngInfo()
            texts.add_text("parameters", image.text["parameters"])
            texts.add_text("glyffuser", text)
            image.save(target, pnginfo=texts)


class Listing:
    """In a painter's place: draws nothing, and remembers what that painter would have to."""

    def __init__(self, painter):
        self.painter = painter
        self.records = {}

    def draw(self, requests, steps, guidance):
        self.records |= {record["file"]: record for record in self.painter.missing(requests, steps, guidance)}

    def write(self, file):
        """Writes them and says how they are drawn, on this machine or another."""
        write_records(file, self.records.values())
        print(f"{file}: {len(self.records)} pictures are missing. They are drawn by")
        print(f"    glyffuser {shlex.join(map(str, self.painter.command(file, 'PICTURES', 256)))}")
        print(f"and the files then belong in {self.painter.work}")


def add_places(parser):
    """The model, what asks and draws, and where that is kept."""
    parser.add_argument("model", type=model_folder, help="a model folder")
    parser.add_argument("--binary", type=program, default=BINARY)
    parser.add_argument("--work", type=Path, default=REPOSITORY / ".cache/evaluation",
                        help="folder that keeps the pictures")
    parser.add_argument("--threads", type=count, default=torch.get_num_threads())


def add_arguments(parser):
    """What `painter_of` reads, and --list."""
    add_places(parser)
    parser.add_argument("--scheduler", choices=SCHEDULERS, help="another one than the model's own")
    parser.add_argument("--guidance", type=guidance_scale, default=Plan.guidance, help="of all that is guided")
    parser.add_argument("--precision", choices=[*PRECISIONS, ANY], default=usual_precision(),
                        help="default: bf16 where a GPU or the processor has its instructions, else fp32; here %(default)s. any: "
                             "pictures that are there in either count, missing ones are drawn in the default, and it is told "
                             "how many there are of each")
    parser.add_argument("--set", type=setting, action="append", default=[], metavar="KEY=VALUE",
                        help="for a model trained on another split data.held_out and data.split_seed as in its config; or "
                             f"how pictures are drawn, sample. and one of {', '.join(SAMPLE_KEYS)}")
    parser.add_argument("--list", type=new_json_lines, metavar="FILE.jsonl",
                        help="draw nothing, only list the missing pictures: another machine, such as one with a GPU, can draw them")


def usual_precision():
    """What `sample.precision: auto` is here: without instructions for it bf16 is many times slower than fp32."""
    flags = set(Path("/proc/cpuinfo").read_text().split())
    return "bf16" if torch.cuda.is_available() or flags & {"avx512_bf16", "amx_bf16"} else "fp32"


def new_json_lines(text):
    """The path of a file that can be written and that `glyffuser sample` reads as JSON lines, for argparse."""
    file = Path(text)
    if file.suffix != ".jsonl" or not file.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text}: expected the name of a .jsonl file in a folder that exists")
    return file


def setting(text):
    """KEY=VALUE of the data or of SAMPLE_KEYS, for argparse. Its value is to be a part of a folder's name."""
    section, _, rest = text.partition(".")
    key, _, value = rest.partition("=")
    known = section == "data" or (section == "sample" and key in SAMPLE_KEYS and re.fullmatch(r"[\w.+-]+", value))
    if not (key and value and known):
        keys = ", ".join(SAMPLE_KEYS)
        raise argparse.ArgumentTypeError(f"{text}: expected data.KEY=VALUE, or sample.KEY=VALUE of {keys}")
    return text


def data_settings(args):
    return [text for text in args.set if text.startswith("data.")]


def sample_settings(args):
    """KEY=VALUE without the section; of a key that is given twice the last counts."""
    given = dict(text.removeprefix("sample.").split("=") for text in args.set if text.startswith("sample."))
    return tuple(f"{key}={given[key]}" for key in SAMPLE_KEYS if key in given)


def guidance_scale(text):
    """A scale that guides, for argparse."""
    scale = float(text)
    if scale == 1:
        raise argparse.ArgumentTypeError("1 is without guidance, which is drawn anyway; expected another scale")
    return scale


def painter_of(args):
    """Raises SystemExit if there is no such model."""
    scheduler = args.scheduler or own_scheduler(args.binary, args.model)
    settings = sample_settings(args)
    model = model_name(args.model)
    work = {name: args.work / "-".join([model, scheduler, name, *settings]) for name in PRECISIONS}
    precision, folders = (usual_precision(), tuple(work.values())) if args.precision == ANY else (args.precision, ())
    return Painter(args.binary, args.model, scheduler, work[precision], args.threads, precision, settings, folders)


def model_name(model):
    """For a folder's name, so that pictures of different models never mix: its weights, and all else of it that pictures
    depend on. A copy of a model has the same name."""
    parts = ["scheduler/scheduler_config.json", "text_encoder/encoder.pt", "tokenizer/spiece.model",
             "tokenizer/tokenizer_config.json"]  # fmt: skip
    rest = b"".join((model / part).read_bytes() for part in parts if (model / part).is_file())
    return f"{weights_name(model)}-{hashlib.sha256(rest).hexdigest()[:4]}"


def weights_name(model):
    """Its weights' SHA-256, shortened."""
    file = model / "unet/diffusion_pytorch_model.safetensors"
    if not file.is_file():
        raise SystemExit(f"{file}: no such file; a model folder was expected")
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


@lru_cache
def describe_model(binary, model):
    """What the binary says of a model folder."""
    command = [binary, "sample", "--model", model, "--describe", "--json", "--quiet"]
    result = subprocess.run([*map(str, command)], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(result.stderr.strip())
    return json.loads(result.stdout)


def own_scheduler(binary, model):
    """The name of the scheduler that the model's folder asks for."""
    return describe_model(binary, model)["scheduler"].split(",")[0]


def write_records(file, records):
    file.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")


def picture_file(prompt, seed, steps, guidance):
    """Where a picture is kept, below the work folder."""
    return Path(f"steps-{steps}-guidance-{guidance:g}", hashlib.sha256(prompt.encode()).hexdigest()[:16], f"{seed}.png")


def read_parameters(file):
    """What a picture says of itself."""
    with Image.open(file) as image:
        return json.loads(image.text["glyffuser"])
