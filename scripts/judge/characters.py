"""What is known of a character without looking at it: its radical, the radical's form, its layout; and which
characters the judge is tested on."""

import bz2
import hashlib
import re
from pathlib import Path

import numpy as np

UNICODE = Path("/usr/share/unicode")
RADICALS = 214
# Extension A, the unified ideographs, and Extension B: rare characters, only to learn from.
BLOCKS = [(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x2A6DF)]
EXTENSION_B = range(*BLOCKS[2])
HELD_OUT = 0.05

# Unicode's ideographic description characters, in its order; the judge's classes.
LAYOUTS = "⿰⿱⿲⿳⿴⿵⿶⿷⿸⿹⿺⿻"
NO_LAYOUT = -1


def unihan(file, field, folder=UNICODE):
    """{character: value} of one field of a Unihan file, from Debian's unicode-data."""
    path = folder / f"{file}.txt.bz2"
    if not path.is_file():
        raise SystemExit(f"{path}: no such file; Debian's package unicode-data holds it")
    values = {}
    with bz2.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            parts = line.rstrip("\n").split("\t")
            if len(parts) == 3 and parts[1] == field:
                values[chr(int(parts[0][2:], 16))] = parts[2]
    return values


def radicals(folder=UNICODE):
    """{character: (radical 1...214, whether it has its simplified form)} by the first entry of kRSUnicode, where an
    apostrophe marks the form (UAX 38)."""
    found = {}
    for character, value in unihan("Unihan_IRGSources", "kRSUnicode", folder).items():
        number, marks = re.match(r"(\d+)('*)", value).groups()
        if 1 <= int(number) <= RADICALS:
            found[character] = (int(number), bool(marks))
    return found


def radical_numbers(folder=UNICODE):
    """{a radical's own character or other form: its number}, from CJKRadicals.txt (UAX 44)."""
    numbers = {}
    for line in (folder / "CJKRadicals.txt").read_text(encoding="utf-8").splitlines():
        fields = [field.strip() for field in line.split("#")[0].split(";")]
        if len(fields) == 3:
            number = int(fields[0].rstrip("'"))
            for code in fields[1:]:
                if code:
                    numbers[chr(int(code, 16))] = number
    return numbers


def read_layouts(file):
    """{character: index in LAYOUTS} from a table of scripts/layouts.py."""
    found = {}
    for line in Path(file).read_text(encoding="utf-8").splitlines():
        character, _, layout = line.partition("\t")
        if layout[:1] in LAYOUTS and layout:
            found[character] = LAYOUTS.index(layout[0])
    return found


def learned():
    """The characters that the judge learns from, in order: those of BLOCKS, and any others with a definition."""
    known = radicals()
    defined = unihan("Unihan_Readings", "kDefinition")
    in_blocks = [chr(code) for first, last in BLOCKS for code in range(first, last + 1) if chr(code) in known]
    return sorted(set(in_blocks) | (set(defined) & set(known)))


def groups_of_equal_drawings(pictures):
    """[n] group numbers: characters that any of the fonts draws alike, also by way of others, share one.

    pictures: [(ink [n, ...] uint8, drawn [n] bool)], one for each font. A group's number is its least member."""
    parent = list(range(len(pictures[0][0])))

    def root(item):
        while parent[item] != item:
            parent[item] = item = parent[parent[item]]
        return item

    for ink, drawn in pictures:
        first = {}
        for item in np.flatnonzero(drawn):
            twin = first.setdefault(ink[item].tobytes(), item)
            low, high = sorted((root(item), root(twin)))
            parent[high] = low
    return np.array([root(item) for item in range(len(parent))])


def held_out(characters, groups, share=HELD_OUT):
    """[n] bool: whole groups, chosen by a hash of the group's first character, about `share` of those where it is not
    in Extension B."""
    limit = int(share * 2**32)

    def chosen(group):
        first = characters[group]
        return ord(first) not in EXTENSION_B and int.from_bytes(hashlib.sha256(first.encode()).digest()[:4], "big") < limit

    return np.array([chosen(group) for group in groups])
