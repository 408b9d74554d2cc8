#!/usr/bin/env python3
"""Draws a batch from a prompts file, as a job in CI would, and checks what came out.

    scripts/check_batch.py configs/batch.csv --out batch
    scripts/check_batch.py configs/batch.csv --out batch --shards 3      # as a job array: three processes' shares

Exit code 0 if every picture that the file asks for is there, is listed in a manifest with the right SHA-256 and
shows something; 1 otherwise. Running it again draws only what is missing. Flags that it does not know go to
`glyffuser sample`. Needs nothing but Python.
"""

import argparse
import csv
import hashlib
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SMALLEST_PNG = 200  # bytes: a blank picture of 128 x 128 pixels takes less, text chunks aside


def wanted(file, default):
    """How many pictures the CSV asks for."""
    count = 0
    with open(file, newline="", encoding="utf-8-sig") as lines:
        for record in csv.DictReader(lines, skipinitialspace=True):
            steps = len((record.get("steps") or "1").split(","))
            count += int(record.get("num_images") or default) * steps
    return count


def draw(args):
    for shard in range(args.shards):
        command = [args.binary, "sample", "--prompts", args.prompts, "-n", args.num_images, "-o", args.out, "--json"]
        command += ["-m", args.model] if args.model else []
        command += ["--shard", f"{shard}/{args.shards}"] if args.shards > 1 else []
        done = subprocess.run(list(map(str, command)) + args.flags, stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(f"glyffuser sample ended with code {done.returncode}")
        yield from map(json.loads, done.stdout.splitlines())


def problems(entry, file):
    if not file.exists():
        return f"{file}: is not there"
    content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != entry["sha256"]:
        return f"{file}: is not the file that the manifest describes"
    if not content.startswith(b"\x89PNG") or len(content) < SMALLEST_PNG:
        return f"{file}: is no picture"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prompts", type=Path, help="a CSV file with a column `prompt`")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--num-images", type=int, default=1, help="pictures of a line that does not say")
    parser.add_argument("--shards", type=int, default=1)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--binary", type=Path, default=ROOT / "build/glyffuser")
    args, args.flags = parser.parse_known_args()

    told = {entry["file"]: entry for entry in draw(args)}
    manifests = [json.loads(line) for file in args.out.glob("manifest*.jsonl") for line in file.read_text().splitlines()]
    listed = {str(args.out / entry["file"]): entry for entry in manifests}
    found = [problems(entry, Path(file)) for file, entry in told.items()]
    found += [f"{file}: is in no manifest" for file in told if file not in listed]
    count = wanted(args.prompts, args.num_images)
    if len(told) != count:
        found.append(f"{args.prompts} asks for {count} pictures, {len(told)} were told of")
    for problem in filter(None, found):
        print(problem, file=sys.stderr)
    if any(found):
        sys.exit(1)
    print(f"{len(told)} pictures, all in the manifest")


if __name__ == "__main__":
    main()
