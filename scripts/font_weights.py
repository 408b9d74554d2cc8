#!/usr/bin/env python3
"""Writes the data's glyphs in several weights of their font, as a folder to train on (data.folder).

Usage: scripts/font_weights.py OUT [--weights DemiLight,Regular,Medium]

Captions are those of the data, so every weight of a glyph has the same, and all its weights are held out or none. Needs
the binary, `scripts/setup --peers` and, for weights other than Regular and Bold, Debian's fonts-noto-cjk-extra.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

import peers  # noqa: F401  before what may be missing

from PIL import Image

SCRIPTS = Path(__file__).resolve().parent
sys.path.insert(0, str(SCRIPTS))
from arguments import BINARY, program  # noqa: E402
from evaluation import glyphs  # noqa: E402
from judge import fonts  # noqa: E402


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--weights", default="DemiLight,Regular,Medium")
    parser.add_argument("--binary", type=program, default=BINARY)
    parser.add_argument("--work", type=Path, default=SCRIPTS.parent / ".cache/evaluation")
    return parser.parse_args()


def family_of(weight):
    """SystemExit with the package's name if it is not installed."""
    file = fonts.NOTO / f"NotoSansCJK-{weight}.ttc"
    if not file.is_file():
        raise SystemExit(f"{file}: no such font; Debian's package fonts-noto-cjk-extra has the weights other than Regular and Bold")
    return fonts.Family([(file, 2)])


def write(folder, data, families):
    """Every glyph of the data in every weight, and their captions; returns how many there are."""
    lines = []
    for character, caption in zip(data.characters, data.captions):
        for weight, family in families.items():
            name = f"U+{ord(character):04X}-{weight}.png"
            Image.fromarray(255 - family.draw(character)).save(folder / name)
            lines.append(json.dumps({"file_name": name, "text": caption}))
    (folder / "metadata.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)


def main():
    args = parse_arguments()
    if args.out.exists():
        raise SystemExit(f"{args.out}: is there already; delete it to have it written anew")
    families = {weight: family_of(weight) for weight in args.weights.split(",")}
    data = glyphs.read_glyphs(glyphs.ask_binary(args.binary, [], args.work))
    # Under its name only when it is complete: a folder that lacks some glyphs could be trained on unnoticed.
    partial = args.out.with_name(f"{args.out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    count = write(partial, data, families)
    partial.rename(args.out)
    print(f"{args.out}: {count} glyphs")


if __name__ == "__main__":
    main()
