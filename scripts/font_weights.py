#!/usr/bin/env python3
"""Writes the data's glyphs in several weights of their font, as a folder to train on (data.folder).

Usage: scripts/font_weights.py OUT [--weights DemiLight,Regular,Medium]

Captions are those of the data, so every weight of a glyph has the same, and all its weights are held out or none. Needs
the binary, `scripts/setup --peers` and, for weights other than Regular and Bold, Debian's fonts-noto-cjk-extra.
"""

import argparse
import json
import sys
from pathlib import Path

import peers  # noqa: F401  before what may be missing

from PIL import Image

SCRIPTS = Path(__file__).resolve().parent
sys.path.insert(0, str(SCRIPTS))
from evaluation import glyphs  # noqa: E402
from judge import fonts  # noqa: E402


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--weights", default="DemiLight,Regular,Medium")
    parser.add_argument("--binary", type=Path, default=SCRIPTS.parent / "build/glyffuser")
    parser.add_argument("--work", type=Path, default=SCRIPTS.parent / ".cache/evaluation")
    return parser.parse_args()


def main():
    args = parse_arguments()
    weights = args.weights.split(",")
    families = [fonts.Family([(fonts.NOTO / f"NotoSansCJK-{weight}.ttc", 2)]) for weight in weights]
    data = glyphs.read_glyphs(glyphs.ask_binary(args.binary, [], args.work))
    args.out.mkdir(parents=True)
    lines = []
    for character, caption in zip(data.characters, data.captions):
        for weight, family in zip(weights, families):
            name = f"U+{ord(character):04X}-{weight}.png"
            Image.fromarray(255 - family.draw(character)).save(args.out / name)
            lines.append(json.dumps({"file_name": name, "text": caption}))
    (args.out / "metadata.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{args.out}: {len(lines)} glyphs")


if __name__ == "__main__":
    main()
