#!/usr/bin/env python3
"""Times training in glyffuser and in diffusers on this machine, taking turns, and prints the median ratios.

    scripts/benchmark.py                                        # configs/default.yaml
    scripts/benchmark.py configs/article.yaml --batch 1 --steps 2 --rounds 3

Everyone trains the same UNet from the same weights with the same batch, precision, text states, fused AdamW,
gradient clipping and EMA. A round gives every contestant a few steps; the ratio of a round is glyffuser's
samples per second by another's, and the median over rounds is reported with the range. The losses show that
everyone trains and are no comparison: glyffuser's is weighted as the config says, and each of its rounds begins anew.
Needs `scripts/setup --peers` and a built binary.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import peers
from arguments import BINARY, count, program
from benchmarking.worker import Worker, processor

ROOT = Path(__file__).resolve().parent.parent
PEERS = {
    "diffusers, eager, SDPA": [],
    "diffusers, eager, plain attention": ["--attention", "plain"],
    "diffusers, plain attention, channels last": ["--attention", "plain", "--channels-last"],
    "diffusers, torch.compile, SDPA": ["--compile"],
    "diffusers, torch.compile, plain attention": ["--compile", "--attention", "plain"],
}
OURS = "glyffuser"


class Glyffuser:
    """The binary, started anew for every round; its first steps, in which memory is first touched, do not count."""

    def __init__(self, args, folder):
        self.args, self.folder, self.peak, self.rounds = args, folder, 0, 0
        self.base = [args.binary, "train", args.config, "--device", args.device, "--threads", args.threads]
        self.base += ["--set", f"train.batch_size={args.batch}", "--set", f"train.precision={args.precision}"]
        self.base += ["--set", "train.epochs=null", "--set", "train.preview.every=0", "--set", "train.validate_every=0"]
        self.base += ["--set", "train.checkpoint_every=1000000", "--set", "train.log_every=1"]
        self.base += ["--set", f"data.cache={folder / 'cache'}"]
        if args.micro_batch:
            self.base += ["--set", f"train.micro_batch={args.micro_batch}"]

    def train(self, name, steps, *settings):
        run = self.folder / name
        command = [*self.base, "--set", f"output.dir={run}", "--set", f"train.steps={steps}"]
        for setting in settings:
            command += ["--set", setting]
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        with process.stderr:
            errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"glyffuser train failed:\n{errors}")
        records = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
        records = [record for record in records if record["kind"] == "train"]
        # On a GPU its memory counts, on a CPU the process's.
        self.peak = max(self.peak, records[-1].get("device_peak_memory", usage.ru_maxrss * 1024))
        return records

    def make_model(self):
        """A model folder with the configuration's initial weights: what everybody starts from."""
        self.train("start", 1, "train.optimizer.learning_rate=1e-12", "output.weights=float32")
        self.peak = 0
        return self.folder / "start/model"

    def round(self, steps):
        self.rounds += 1
        warm = self.args.warm_up
        start = f"train.init_from={self.folder / 'start/model'}"
        records = self.train(f"round-{self.rounds}", warm + steps, start)[warm:]
        return {
            "seconds": [self.args.batch / record["samples_per_second"] for record in records],
            "loss": statistics.mean(record["loss"] for record in records),
        }


def peer_arguments(args, folder, model):
    arguments = ["--model", model, "--batch", args.batch, "--precision", args.precision]
    arguments += ["--threads", args.threads, "--device", args.device]
    if args.micro_batch:
        arguments += ["--micro-batch", args.micro_batch]
    cached = list((folder / "cache").glob("captions-*.safetensors"))
    if cached:
        arguments += ["--captions", cached[0]]
    return list(map(str, arguments))


def chosen_peers(args):
    wanted = [name for name in PEERS if args.only is None or any(part in name for part in args.only)]
    return [name for name in wanted if args.compile or "compile" not in name]


def measure(args, folder):
    ours = Glyffuser(args, folder)
    model = ours.make_model()
    common = peer_arguments(args, folder, model)
    flops = Worker("peer.py", [*common, "--flops"]).answer()["flops"]
    matmul_arguments = ["--precision", args.precision, "--threads", str(args.threads), "--device", args.device]
    matmul = Worker("matmul.py", matmul_arguments)
    workers = {name: Worker("peer.py", [*common, *PEERS[name]]) for name in chosen_peers(args)}
    for name, worker in workers.items():
        print(f"warming up: {name}", file=sys.stderr)
        worker.ask(args.warm_up)
    rates = {name: [] for name in (OURS, *workers)}
    peaks = []
    for index in range(args.rounds):
        peaks.append(matmul.ask("go"))
        for name in (OURS, *workers):
            answer = (ours.round if name == OURS else workers[name].ask)(args.steps)
            rates[name].append(args.batch / statistics.median(answer["seconds"]))
            print(f"round {index + 1}: {name}: {rates[name][-1]:.2f} samples/s, loss {answer['loss']:.4f}", file=sys.stderr)
    memory = {OURS: ours.peak} | {name: worker.finish()["peak_memory"] for name, worker in workers.items()}
    matmul.finish()
    return {"flops_per_sample": flops, "matmul_peak": max(peaks), "samples_per_second": rates, "peak_memory": memory}


def report(args, result):
    peak, flops = result["matmul_peak"], result["flops_per_sample"]
    rates, memory = result["samples_per_second"], result["peak_memory"]
    print(f"{args.config}, batch {args.batch}, {args.precision}, {processor()}, {args.threads} threads, {args.device}")
    print(f"{flops / 1e9:.2f} GFLOP a sample; matrix multiplication reaches {peak / 1e9:.0f} GFLOP/s\n")
    print("| | samples/s | of the matmul peak | peak memory | glyffuser is faster by |")
    print("| --- | --- | --- | --- | --- |")
    for name, values in rates.items():
        rate = statistics.median(values)
        ratios = sorted(ours / theirs for ours, theirs in zip(rates[OURS], values, strict=True))
        ratio = "" if name == OURS else f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        share = 100 * rate * flops / peak
        print(f"| {name} | {rate:.2f} | {share:.0f} % | {memory[name] / 2**30:.2f} GiB | {ratio} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", nargs="?", type=Path, default=ROOT / "configs/default.yaml")
    parser.add_argument("--binary", type=program, default=BINARY)
    parser.add_argument("--batch", type=count, default=64)
    parser.add_argument("--micro-batch", type=count)
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="bf16")
    parser.add_argument("--steps", type=count, default=10, help="per round and contestant")
    parser.add_argument("--warm-up", type=int, default=4, help="steps before the first that counts")
    parser.add_argument("--rounds", type=count, default=5)
    parser.add_argument("--threads", type=count, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--only", nargs="*", help="contestants whose names contain one of these")
    parser.add_argument("--compile", action="store_true", help="torch.compile too: minutes of compiling first")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    args = parser.parse_args()
    peers.need("diffusers")
    with tempfile.TemporaryDirectory(prefix="glyffuser-benchmark-") as folder:
        result = measure(args, Path(folder))
    report(args, result)
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
