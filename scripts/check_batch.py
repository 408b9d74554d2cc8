#!/usr/bin/env python3
"""Draws a batch from a prompts file, as a job in CI would, and checks what came out.

    scripts/check_batch.py configs/batch.csv --out batch
    scripts/check_batch.py configs/batch.csv --out batch --shards 3      # as a job array: three processes' shares

Exit code 0 if every picture that the file asks for is there, is listed in a manifest with the right SHA-256 and
shows something; 1 otherwise. Running it again draws only what is missing. Flags that it does not know go to
`glyffuser sample`; they may not change how many pictures there are. Needs nothing but Python.
"""

import argparse
import csv
import hashlib
import json
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

from arguments import BINARY, program


def wanted(args):
    """How many pictures the CSV asks for."""
    with open(args.prompts, newline="", encoding="utf-8-sig") as lines:
        records = [{key.strip(): cell.strip() for key, cell in record.items()} for record in csv.DictReader(lines)]
    return sum(seeds_of(record, args) * len((record.get("steps") or args.steps).split(",")) for record in records)


def seeds_of(record, args):
    """How many seeds a line has: its own list, or else its own number, or else what the flags say."""
    own = record.get("num_images") or record.get("seed")
    seeds = record.get("seeds") or ("" if own else args.seeds)
    ranges = [[int(seed) for seed in part.split("-")] for part in seeds.split(",")] if seeds else []
    return sum(range_[-1] - range_[0] + 1 for range_ in ranges) or int(record.get("num_images") or args.num_images)


def draw(args):
    for shard in range(args.shards):
        command = [args.binary, "sample", "--prompts", args.prompts, "-n", args.num_images, "-o", args.out, "--json"]
        command += ["-s", args.steps] if args.steps else []
        command += ["--seeds", args.seeds] if args.seeds else []
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
    try:
        blank = len(greys(content)) < 2
    except (struct.error, zlib.error):
        return f"{file}: is no picture"
    return f"{file}: shows nothing, all its pixels are the same" if blank else None


def greys(png):
    """The different values of its pixels. They are 8 bits of grey, and glyffuser filters no row."""
    width, at, packed = int.from_bytes(png[16:20], "big"), 8, b""
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        if kind == b"IDAT":
            packed += png[at + 8:at + 8 + length]
        at += length + 12
    rows = zlib.decompress(packed)
    return {grey for start in range(1, len(rows), width + 1) for grey in rows[start:start + width]}


def main():
    # No abbreviations: --seed is not --seeds but another flag of `glyffuser sample`.
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter, allow_abbrev=False)
    parser.add_argument("prompts", type=Path, help="a CSV file with a column `prompt`")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("-n", "--num-images", type=int, default=1, help="pictures of a line that does not say")
    parser.add_argument("-s", "--steps", default="", help="likewise; a list draws each picture once per number")
    parser.add_argument("--seeds", default="", help="a list such as 0-63,70, of a line that says nothing of these")
    parser.add_argument("--shards", type=int, default=1)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--binary", type=program, default=BINARY)
    args, args.flags = parser.parse_known_args()
    if args.prompts.suffix != ".csv":
        parser.error(f"{args.prompts}: expected a .csv, whose pictures are counted here")

    told = [entry["file"] for entry in draw(args)]
    manifests = [json.loads(line) for file in args.out.glob("manifest*.jsonl") for line in file.read_text().splitlines()]
    # Paths as they are compared: with `--out .` the binary tells of ./gold.png.
    listed = {os.path.normpath(args.out / entry["file"]): entry for entry in manifests}
    entries = [(file, listed.get(os.path.normpath(file))) for file in told]
    found = [problems(entry, Path(file)) if entry else f"{file}: is in no manifest" for file, entry in entries]
    count = wanted(args)
    if len(told) != count:
        found.append(f"{args.prompts} asks for {count} pictures, {len(told)} were told of")
    for problem in filter(None, found):
        print(problem, file=sys.stderr)
    if any(found):
        sys.exit(1)
    print(f"{len(told)} pictures, all in the manifest")


if __name__ == "__main__":
    main()
