#!/usr/bin/env python3
"""Times drawing in glyffuser and in diffusers on this machine, taking turns, and prints the median ratios.

    scripts/benchmark_sampling.py                              # the bundled model, batch 16, DDIM 20, guidance 3
    scripts/benchmark_sampling.py --precision bf16 --batch 1 --steps 50

Everyone draws the same prompts with the same model, steps and guidance, and saves every picture as a PNG; diffusers
runs the pipeline that is in the model's folder. A round gives every contestant a few batches; the ratio of a round is
glyffuser's images per second by another's, and the median over rounds is reported with the range. Also the time from
the start of the process to the first picture. Needs `scripts/setup --peers` and a built binary.
"""

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import peers
from arguments import BINARY, count, model_folder, program
from benchmarking.worker import Worker, processor

ROOT = Path(__file__).resolve().parent.parent
WORDS = ["gold", "water", "tree", "bird", "fish", "to speak", "mountain", "insect"]
PROMPTS = [*WORDS, *(f"{one} and {other}" for one in WORDS for other in WORDS if one != other)]
PEERS = {
    "diffusers, SDPA": [],
    "diffusers, plain attention": ["--attention", "plain"],
    "diffusers, SDPA, channels last": ["--channels-last"],
    "diffusers, plain attention, channels last": ["--attention", "plain", "--channels-last"],
    "diffusers, torch.compile, SDPA": ["--compile"],
    "diffusers, torch.compile, SDPA, channels last": ["--compile", "--channels-last"],
}
AUTOCAST = {
    "diffusers, autocast, SDPA": ["--autocast"],
    "diffusers, autocast, plain attention, channels last": ["--autocast", "--attention", "plain", "--channels-last"],
}
OURS = "glyffuser"


def prompts_of(args):
    """A different one for each picture of a batch."""
    if args.batch > len(PROMPTS):
        sys.exit(f"--batch {args.batch} is too large, expected at most {len(PROMPTS)}")
    return PROMPTS[: args.batch]


def stamp_lines(command, count):
    """Seconds from the start of a process until each of its first `count` lines was there, and the memory that it had at
    most, in bytes. It is waited for after that; sys.exit if it fails."""
    with tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=errors, text=True)
        stamps = [time.perf_counter() - start for _, line in zip(range(count), process.stdout)]
        process.stdout.read()
        process.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        if process.returncode != 0 or len(stamps) < count:
            sys.exit(f"{shlex.join(process.args)} failed:\n{errors.read()}")
    return stamps, usage.ru_maxrss * 1024


class Glyffuser:
    """The binary, started anew for every round; a batch's time is that between two batches' last pictures."""

    def __init__(self, args, folder):
        self.args, self.folder, self.peak, self.runs = args, folder, 0, 0
        self.base = [args.binary, "sample", "--model", args.model, "--steps", args.steps, "--quiet"]
        self.base += ["--scheduler", args.scheduler, "--guidance-scale", args.guidance_scale]
        self.base += ["--set", f"sample.precision={args.precision}", "--device", args.device, "--threads", args.threads]
        self.base += ["--set", f"sample.batch_size={args.batch}"]

    def stamps(self, count, *arguments):
        """Seconds from the start until each of the first `count` pictures was there."""
        self.runs += 1
        stamps, peak = stamp_lines([*self.base, "--out", self.folder / f"run-{self.runs}", *arguments], count)
        self.peak = max(self.peak, peak)
        return stamps

    def ask(self, batches):
        file = self.folder / "prompts.txt"
        file.write_text("\n".join(prompts_of(self.args)) + "\n")
        count = (batches + 1) * self.args.batch
        prompts = ["--prompts", file, "--num-images", batches + 1] if self.args.conditional else ["-n", count]
        ends = self.stamps(count, *prompts)[self.args.batch - 1 :: self.args.batch]
        return {"seconds": [after - before for before, after in zip(ends, ends[1:])]}

    def first(self):
        prompt = ["--prompt", PROMPTS[0]] if self.args.conditional else []
        return self.stamps(1, *prompt, "-n", 1, "--set", "sample.batch_size=1")[0]

    def finish(self):
        return {"peak_memory": self.peak}


def peer_arguments(args, prompts):
    arguments = ["--model", args.model, "--steps", args.steps, "--scheduler", args.scheduler]
    arguments += ["--guidance-scale", args.guidance_scale, "--precision", args.precision]
    arguments += ["--threads", args.threads, "--device", args.device, "--prompts", *prompts]
    return list(map(str, arguments))


def peer_first(args):
    """Seconds until diffusers' first picture is there. How long the process then takes to end does not count, as it does not
    for glyffuser."""
    script = ROOT / "scripts/benchmarking/drawer.py"
    stamps, _ = stamp_lines([sys.executable, script, *peer_arguments(args, PROMPTS[:1]), "--first"], 1)
    return stamps[0]


def chosen_peers(args):
    every = PEERS | (AUTOCAST if args.precision == "bf16" else {})
    wanted = {name: flags for name, flags in every.items() if args.only is None or any(part in name for part in args.only)}
    return {name: flags for name, flags in wanted.items() if args.compile or "compile" not in name}


def measure(args, folder):
    ours = Glyffuser(args, folder)
    workers = {OURS: ours}
    for name, flags in chosen_peers(args).items():
        print(f"warming up: {name}", file=sys.stderr)
        workers[name] = Worker("drawer.py", [*peer_arguments(args, prompts_of(args)), *flags])
        workers[name].ask(1)
    rates = {name: [] for name in workers}
    for index in range(args.rounds):
        for name, worker in workers.items():
            seconds = worker.ask(args.batches)["seconds"]
            rates[name].append(args.batch / statistics.median(seconds))
            print(f"round {index + 1}: {name}: {rates[name][-1]:.2f} images/s", file=sys.stderr)
    memory = {name: worker.finish()["peak_memory"] for name, worker in workers.items()}
    first = {OURS: [], "diffusers": []}
    for _ in range(args.starts):
        first[OURS].append(ours.first())
        first["diffusers"].append(peer_first(args))
    return {"images_per_second": rates, "peak_memory": memory, "seconds_to_first_image": first}


def spread(values, digits=2):
    values = sorted(values)
    return f"{statistics.median(values):.{digits}f} ({values[0]:.{digits}f} to {values[-1]:.{digits}f})"


def report(args, result):
    rates, memory, first = (result[key] for key in ("images_per_second", "peak_memory", "seconds_to_first_image"))
    print(f"{args.model.name}, {args.scheduler} {args.steps}, guidance {args.guidance_scale:g}, batch {args.batch}, "
          f"{args.precision}, {processor()}, {args.threads} threads, {args.device}\n")  # fmt: skip
    print("| | images/s | peak memory of the process | glyffuser is faster by |")
    print("| --- | --- | --- | --- |")
    for name, values in rates.items():
        ratio = "" if name == OURS else spread([a / b for a, b in zip(rates[OURS], values, strict=True)])
        print(f"| {name} | {statistics.median(values):.2f} | {memory[name] / 2**30:.2f} GiB | {ratio} |")
    if args.starts:
        ratio = statistics.median(first[OURS]) / statistics.median(first["diffusers"])
        print(f"\nFrom start to the first picture: glyffuser {spread(first[OURS])} s, diffusers "
              f"{spread(first['diffusers'])} s, {ratio:.2f} of its time.")  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", type=model_folder, default=ROOT / "data/models/glyffuser", help="a model folder")
    parser.add_argument("--binary", type=program, default=BINARY)
    parser.add_argument("--batch", type=count, default=16)
    parser.add_argument("--steps", type=count, default=20)
    parser.add_argument("--scheduler", choices=("ddim", "dpmsolver++", "sde-dpmsolver++"), default="ddim")
    parser.add_argument("--guidance-scale", type=float, default=3.0)
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--batches", type=count, default=2, help="per round and contestant")
    parser.add_argument("--rounds", type=count, default=5)
    parser.add_argument("--starts", type=int, default=3, help="times that the first picture is waited for")
    parser.add_argument("--threads", type=count, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--only", nargs="*", help="contestants whose names contain one of these")
    parser.add_argument("--compile", action="store_true", help="torch.compile too: minutes of compiling first")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    args = parser.parse_args()
    peers.need("diffusers")
    args.conditional = "UNet2DConditionModel" in (args.model / "unet/config.json").read_text()
    with tempfile.TemporaryDirectory(prefix="glyffuser-benchmark-") as folder:
        result = measure(args, Path(folder))
    report(args, result)
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
