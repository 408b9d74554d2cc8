"""scripts/judge: how it draws, what it knows of characters, and that its committed weights judge."""

import struct
import sys
import tempfile
import unittest
import zlib
from pathlib import Path

import numpy as np
import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))
from judge import characters, fonts, network  # noqa: E402
from judge.augment import augment  # noqa: E402

HAS_NOTO = fonts.NOTO_SANS[0][0].is_file()
HAS_UNIHAN = (characters.UNICODE / "Unihan_IRGSources.txt.bz2").is_file()


def setUpModule():
    torch.set_num_threads(1)


@unittest.skipUnless(HAS_NOTO, "Noto Sans CJK is not installed")
class DrawingTest(unittest.TestCase):
    def test_draws_what_the_data_holds(self):
        """The fixture is what the C++ renderer is tested with."""
        data = zlib.decompress((REPOSITORY / "tests/fixtures/image/glyphs.bin").read_bytes())
        family, area = fonts.Family(fonts.NOTO_SANS), fonts.CANVAS**2
        for at in range(0, len(data), 4 + area):
            character = chr(struct.unpack_from("<I", data, at)[0])
            expected = np.frombuffer(data, np.uint8, area, at + 4).reshape(fonts.CANVAS, fonts.CANVAS)
            np.testing.assert_array_equal(family.draw(character), expected, character)

    def test_knows_what_a_font_does_not_have(self):
        family = fonts.Family(fonts.NOTO_SANS)
        self.assertIsNone(family.draw("\U0002fa20"))  # not assigned
        self.assertIsNone(family.draw(" "))
        self.assertIsNotNone(family.draw("金"))

    def test_a_missing_font_is_named(self):
        with self.assertRaisesRegex(SystemExit, "/nowhere.ttf: no such font"):
            fonts.Family([(Path("/nowhere.ttf"), 0)])

    def test_renders_are_kept_until_the_characters_change(self):
        with tempfile.TemporaryDirectory() as folder:
            first, drawn = fonts.render_cached("Noto Sans", fonts.NOTO_SANS, ["金", "\U0002fa20"], Path(folder))
            self.assertEqual(drawn.tolist(), [True, False])
            kept, _ = fonts.render_cached("Noto Sans", [(Path("/nowhere.ttf"), 0)], ["金", "\U0002fa20"], Path(folder))
            np.testing.assert_array_equal(kept, first)
            other, _ = fonts.render_cached("Noto Sans", fonts.NOTO_SANS, ["水", "火"], Path(folder))
            self.assertFalse(np.array_equal(other, first))


class PictureTest(unittest.TestCase):
    def test_halving_takes_means(self):
        ink = np.zeros((1, 128, 128), np.uint8)
        ink[0, 0:2, 2:4] = [[255, 0], [255, 255]]
        halved = fonts.halve(ink)
        self.assertEqual(halved.shape, (1, 64, 64))
        self.assertEqual(halved[0, 0, 1], 191)  # 765 / 4 rounded
        self.assertEqual(int(halved.sum()), 191)

    def test_a_glyph_outside_the_canvas_is_cut(self):
        placed = fonts.place(np.full((180, 200), 9, np.uint8), left=-10, top=150, advance=100)
        self.assertEqual(placed.shape, (128, 128))
        self.assertTrue((placed == 9).any())

    def test_augmentation_keeps_shape_and_range_and_depends_on_the_seed_alone(self):
        x = torch.zeros(8, 1, 64, 64)
        x[:, :, 20:44, 30:34] = 1
        once, again, other = (augment(x, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
        self.assertEqual(once.shape, x.shape)
        self.assertTrue(0 <= once.min() and once.max() <= 1)
        torch.testing.assert_close(once, again, rtol=0, atol=0)
        self.assertFalse(torch.equal(once, other))
        self.assertGreater((once[0] - once[1]).abs().max(), 0.3)  # each in its own way
        self.assertGreater(once.flatten(1).sum(1).min(), 40)  # the stroke is still there


class HeldOutTest(unittest.TestCase):
    def test_equal_drawings_are_one_group_also_by_way_of_others(self):
        first = np.arange(5, dtype=np.uint8).reshape(5, 1, 1)
        second = first.copy()
        first[3] = first[1]  # 1 and 3 alike in one font
        second[4] = second[3]  # 3 and 4 in the other
        second[0] = second[2]  # alike, but 0 is not in that font
        drawn = np.ones(5, bool)
        groups = characters.groups_of_equal_drawings([(first, drawn), (second, np.array([False, True, True, True, True]))])
        self.assertEqual(groups.tolist(), [0, 1, 2, 1, 1])

    def test_whole_groups_are_held_out_whatever_else_there_is(self):
        names = [chr(0x4E00 + i) for i in range(4000)]
        groups = np.arange(4000) // 2 * 2
        held = characters.held_out(names, groups)
        np.testing.assert_array_equal(held[::2], held[1::2])
        self.assertAlmostEqual(held.mean(), characters.HELD_OUT, delta=0.012)
        np.testing.assert_array_equal(characters.held_out(names[:100], groups[:100]), held[:100])


@unittest.skipUnless(HAS_UNIHAN, "unicode-data is not installed")
class CharactersTest(unittest.TestCase):
    def test_radicals_and_their_forms(self):
        known = characters.radicals()
        self.assertEqual([known[c] for c in "鐵铁語语水龠"],
                         [(167, False), (167, True), (149, False), (149, True), (85, False), (214, False)])  # fmt: skip

    def test_numbers_of_radicals(self):
        numbers = characters.radical_numbers()
        self.assertEqual([numbers[c] for c in "一金钅水艸龠"], [1, 167, 167, 85, 140, 214])

    def test_layouts_are_read_by_their_sign(self):
        with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as file:
            file.write("明\t⿰ side by side\n思\t⿱ stacked\n？\tunknown\n")
            file.flush()
            self.assertEqual(characters.read_layouts(file.name), {"明": 0, "思": 1})


class NetworkTest(unittest.TestCase):
    def test_weights_come_back_in_half_precision(self):
        torch.manual_seed(0)
        model = network.Judge().eval()
        ink = np.random.default_rng(0).integers(0, 256, (3, 64, 64), dtype=np.uint8)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "judge.safetensors"
            network.save(model, file, {"seed": 7})
            loaded, metadata = network.load(file)
        self.assertEqual(metadata, {"seed": 7})
        expected, found = network.judge(model, ink), network.judge(loaded, ink)
        self.assertEqual(found.radical.shape, (3, 214))
        self.assertEqual(found.features.shape, (3, network.FEATURES))
        torch.testing.assert_close(found.radical, expected.radical, rtol=0, atol=0.02)

    def test_a_missing_file_is_named(self):
        with self.assertRaisesRegex(SystemExit, "/nowhere.safetensors: no such file"):
            network.load(Path("/nowhere.safetensors"))


@unittest.skipUnless(HAS_NOTO and HAS_UNIHAN and network.WEIGHTS.is_file(), "font, unicode-data or weights missing")
class CommittedJudgeTest(unittest.TestCase):
    def setUp(self):
        self.model, self.metadata = network.load()

    def test_small(self):
        self.assertLess(network.WEIGHTS.stat().st_size, 2_000_000)

    def test_sees_radical_form_and_layout_of_common_characters_in_a_font_it_never_saw(self):
        text = "铁銀河湖林松鳴鸡鯨鲤語说火炎竹筆蚊虾紙线馬骑草花山岩眼睛病痛妈姐石砂飯饭想忠踢跑"
        ink, _ = fonts.render(fonts.NOTO_SANS, list(text))
        verdicts, known = network.judge(self.model, ink), characters.radicals()
        radical = torch.tensor([known[c][0] - 1 for c in text])
        hits = (verdicts.radical.argmax(1) == radical).float().mean().item()
        self.assertGreater(hits, 0.9)
        form = (verdicts.simplified > 0) == torch.tensor([known[c][1] for c in text])
        self.assertGreater(form.float().mean().item(), 0.9)
        side_by_side = torch.tensor([c in "铁銀河湖林松語说眼睛" for c in text])
        self.assertTrue((verdicts.layout.argmax(1)[side_by_side] == characters.LAYOUTS.index("⿰")).all())

    def test_its_card_has_the_figures_of_these_weights(self):
        card = (network.WEIGHTS.parent / "README.md").read_text(encoding="utf-8")
        value, low, high = self.metadata["figures"]["Noto Sans"]["radical"]
        self.assertIn(f"{100 * value:.1f} ({100 * low:.1f} to {100 * high:.1f})", card)


if __name__ == "__main__":
    unittest.main()
