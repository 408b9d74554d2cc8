#!/usr/bin/env python3
"""Makes a table of characters' layouts for `glyffuser umap-export` (key umap.layouts) on stdout.

Usage: scripts/layouts.py > layouts.tsv
Needs the Python package cjklib3, whose database decomposes characters by Unicode's ideographic description
characters; only the outermost one is taken. Its data are under the LGPL and are not part of this repository.
"""

import sqlite3
import sys
from importlib import resources

import peers  # noqa: F401  before what may be missing

NAMES = {
    "⿰": "side by side", "⿱": "stacked", "⿲": "three side by side", "⿳": "three stacked", "⿴": "surrounded",
    "⿵": "covered from above", "⿶": "held from below", "⿷": "held from the left", "⿸": "from the upper left",
    "⿹": "from the upper right", "⿺": "from the lower left", "⿻": "overlaid",
}  # fmt: skip


def layouts(database):
    """The first description character of each character's first decomposition."""
    query = "SELECT ChineseCharacter, Decomposition FROM CharacterDecomposition ORDER BY ChineseCharacter, Glyph, SubIndex"
    found = {}
    for character, decomposition in database.execute(query):
        if len(character) == 1 and decomposition and decomposition[0] in NAMES:
            found.setdefault(character, decomposition[0])
    return found


def main():
    if len(sys.argv) > 1:
        sys.exit(__doc__)
    file = resources.files("cjklib") / "cjklib.db"
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    for character, sign in sorted(layouts(database).items()):
        print(f"{character}\t{sign} {NAMES[sign]}")


if __name__ == "__main__":
    main()
