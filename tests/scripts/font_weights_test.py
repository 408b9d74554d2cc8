"""scripts/font_weights.py: it is said which package a weight comes from, and what is there is whole."""

import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import numpy as np
from PIL import Image

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))
import font_weights  # noqa: E402
from judge import fonts  # noqa: E402

HAS_NOTO = all((font_weights.fonts.NOTO / f"NotoSansCJK-{weight}.ttc").is_file() for weight in ("Regular", "Bold"))
DATA = SimpleNamespace(characters=["金", "水"], captions=["gold", "water"])


def stopped():
    """Captions after the first of which somebody stops the script."""
    yield "gold"
    raise KeyboardInterrupt


class FontWeightsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = Path(folder.name) / "of/weights"

    def run_script(self, data=DATA, weights="Regular,Bold"):
        """With this data instead of what a binary tells."""
        command = ["font_weights.py", str(self.out), "--weights", weights]
        with mock.patch("sys.argv", command), mock.patch.object(font_weights.glyphs, "ask_binary"), \
                mock.patch.object(font_weights.glyphs, "read_glyphs", return_value=data), \
                contextlib.redirect_stdout(io.StringIO()) as said:
            font_weights.main()
        return said.getvalue()

    def test_a_missing_weight_is_in_a_package_that_is_named(self):
        with mock.patch.object(font_weights.fonts, "NOTO", self.out.parent):
            with self.assertRaisesRegex(SystemExit, "NotoSansCJK-Medium.ttc: no such font; .* fonts-noto-cjk-extra"):
                self.run_script(weights="Medium")
        self.assertFalse(self.out.parent.exists())

    @unittest.skipUnless(HAS_NOTO, "Noto Sans CJK is not installed")
    def test_every_glyph_has_every_weight(self):
        self.assertEqual(self.run_script(), f"{self.out}: 4 glyphs\n")
        lines = [json.loads(line) for line in (self.out / "metadata.jsonl").read_text().splitlines()]
        self.assertEqual([line["text"] for line in lines], ["gold", "gold", "water", "water"])
        self.assertEqual({line["file_name"] for line in lines}, {file.name for file in self.out.glob("*.png")})
        self.assertEqual(len({(self.out / line["file_name"]).read_bytes() for line in lines}), 4)
        with Image.open(self.out / "U+91D1-Regular.png") as picture:  # 金 as the data have it, dark on white
            np.testing.assert_array_equal(255 - np.asarray(picture), fonts.Family(fonts.NOTO_SANS).draw("金"))
        with self.assertRaisesRegex(SystemExit, "is there already"):
            self.run_script()

    @unittest.skipUnless(HAS_NOTO, "Noto Sans CJK is not installed")
    def test_after_a_stop_it_begins_anew(self):
        with self.assertRaises(KeyboardInterrupt):
            self.run_script(SimpleNamespace(characters=["人", "水"], captions=stopped()))
        self.assertFalse(self.out.exists())
        self.run_script()
        self.assertEqual(len(list(self.out.iterdir())), 4 + 1)
        self.assertEqual([file.name for file in self.out.parent.iterdir()], [self.out.name])


if __name__ == "__main__":
    unittest.main()
