"""Fonts as the judge sees them: which files draw a character, and glyphs placed as glyffuser's data places them.

A picture is 128 x 128 with 100 pixels to the em (include/glyffuser/image/centred_glyph.hpp); the judge looks at it in
64 x 64, the mean of every 2 x 2 pixels, as bytes of ink: 0 paper ... 255 ink.
"""

import math
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageFont

CANVAS, EM, SIDE = 128, 100, 64
NOTO_ASCENDER = 1.16  # of Noto Sans CJK, in em: part of the rule, so that every font stands alike
FONTS = Path("/usr/share/fonts")
NOTO = FONTS / "opentype/noto"
TRUETYPE = FONTS / "truetype"

# Families that the generator never sees, as (file, face): the first file that has a character draws it.
TRAINING = {
    "Noto Serif": [(NOTO / "NotoSerifCJK-Regular.ttc", 2)],
    "HanaMin": [(TRUETYPE / "hanazono/HanaMinA.ttf", 0), (TRUETYPE / "hanazono/HanaMinB.ttf", 0)],
    "WQY ZenHei": [(TRUETYPE / "wqy/wqy-zenhei.ttc", 0)],
    "TW-Kai": [(TRUETYPE / "cns11643/TW-Kai-98_1.ttf", 0), (TRUETYPE / "cns11643/TW-Kai-Ext-B-98_1.ttf", 0)],
    "TW-Sung": [(TRUETYPE / "cns11643/TW-Sung-98_1.ttf", 0), (TRUETYPE / "cns11643/TW-Sung-Ext-B-98_1.ttf", 0)],
    "Droid": [(TRUETYPE / "droid/DroidSansFallbackFull.ttf", 0)],
}
# The generator's own, and another weight of it, which neither the generator nor the judge has seen.
NOTO_SANS = [(NOTO / "NotoSansCJK-Regular.ttc", 2)]
NOTO_SANS_BOLD = [(NOTO / "NotoSansCJK-Bold.ttc", 2)]


class Family:
    """Font files of one design. Raises SystemExit if one is missing."""

    def __init__(self, files):
        for file, _ in files:
            if not file.is_file():
                raise SystemExit(f"{file}: no such font; scripts/setup --judge installs it")
        self.faces = [ImageFont.truetype(str(file), EM, index=face, layout_engine=ImageFont.Layout.BASIC)
                      for file, face in files]
        # What a face draws for a character that it does not have.
        self.missing = [_bitmap(face, "\U0010fffe") for face in self.faces]

    def draw(self, character):
        """Ink [128, 128], uint8, or None where no face has the character."""
        for face, missing in zip(self.faces, self.missing):
            bitmap = _bitmap(face, character)
            if bitmap.any() and not np.array_equal(bitmap, missing):
                return place(bitmap, *_extent(face, character))
        return None


def _bitmap(face, character):
    mask = face.getmask(character, mode="L")
    return np.asarray(mask, dtype=np.uint8).reshape(mask.size[1], mask.size[0])


def _extent(face, character):
    """Where the ink begins right of the pen, how far its top lies above the baseline, and the pen's advance."""
    left, top, _, _ = face.getbbox(character, anchor="ls")
    return left, -top, round(face.getlength(character))


def place(bitmap, left, top, advance):
    """The bitmap on the square canvas, by the rule of draw_centred; what lies outside is cut off."""
    height, width = bitmap.shape
    pen = math.floor((CANVAS - max(advance, left + width)) / 2)
    baseline = math.floor((CANVAS - NOTO_ASCENDER * EM - max(0, height - top)) / 2 + EM)
    canvas = np.zeros((3 * CANVAS, 3 * CANVAS), np.uint8)  # wide enough for any glyph to lie in
    row, column = CANVAS + baseline - top, CANVAS + pen + left
    canvas[row:row + height, column:column + width] = bitmap
    return canvas[CANVAS:2 * CANVAS, CANVAS:2 * CANVAS]


def halve(ink):
    """[..., 128, 128] uint8 to [..., 64, 64]: the mean of every 2 x 2 pixels, rounded."""
    blocks = ink.reshape(*ink.shape[:-2], SIDE, 2, SIDE, 2).astype(np.uint16)
    return ((blocks.sum((-3, -1)) + 2) // 4).astype(np.uint8)


def read_picture(file):
    """A PNG of dark ink on white paper as ink [128, 128], uint8; other sizes are resized."""
    with Image.open(file) as image:
        grey = image.convert("L")
        if grey.size != (CANVAS, CANVAS):
            grey = grey.resize((CANVAS, CANVAS), Image.Resampling.BOX)
        return 255 - np.asarray(grey)


def render(files, characters):
    """Ink [n, 64, 64], uint8, and which of the characters the family has [n], bool."""
    family = Family(files)
    ink = np.zeros((len(characters), SIDE, SIDE), np.uint8)
    drawn = np.zeros(len(characters), bool)
    for index, character in enumerate(characters):
        picture = family.draw(character)
        if picture is not None:
            ink[index], drawn[index] = halve(picture), True
    return ink, drawn


def render_cached(name, files, characters, folder):
    """`render`, kept as a file in `folder` under the family's name, and made anew for other characters."""
    file = folder / f"{name.lower().replace(' ', '-')}.npz"
    text = "".join(characters)
    if file.is_file():
        with np.load(file) as saved:
            if str(saved["characters"]) == text:
                return saved["ink"], saved["drawn"]
    ink, drawn = render(files, characters)
    save(file, np.savez, ink=ink, drawn=drawn, characters=text)
    return ink, drawn


def save(file, write, **arrays):
    """By np.savez, Path.write_text or the like; whole or not at all, whoever else writes it at the same time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        partial = Path(folder) / file.name
        write(partial, **arrays)
        partial.replace(file)
