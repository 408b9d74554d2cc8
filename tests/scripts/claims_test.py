"""scripts/claims: which pictures its figures are of, and what it says of them."""

import argparse
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock
from xml.etree import ElementTree

import numpy as np
import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))
sys.path.insert(0, str(REPOSITORY / "tests"))
from support.scripts import load_script  # noqa: E402
from evaluation import curve  # noqa: E402
from evaluation.drawing import picture_file  # noqa: E402
from evaluation.plan import Plan  # noqa: E402
from evaluation.statistics import interval  # noqa: E402


claims = load_script("claims")
ARGS = argparse.Namespace(guidance=3.0, model=Path("m"), out=Path("out"))


class ClaimsTest(unittest.TestCase):
    def test_a_hit_is_a_metal_radical_of_either_form(self):
        seen = torch.zeros(6, 214)
        for row, radical in enumerate((167, 167, 167, 166, 168, 168)):
            seen[row, radical - 1] = 1
        verdicts = SimpleNamespace(radical=seen, simplified=torch.tensor([0.2, 2, -0.2, 1, -1, -1]))
        with mock.patch.object(claims.adherence, "look", return_value=verdicts):
            found = claims.metal(None, np.zeros((6, 128, 128), np.uint8))
        share, low, high = interval([True] * 3 + [False] * 3)
        self.assertEqual(found, {"share": share, "low": low, "high": high, "pictures": 6, "hits": 3, "traditional": 1,
                                 "simplified": 2})  # fmt: skip

    def test_the_base_rate_is_of_characters_with_a_definition(self):
        known = {"金": (167, False), "木": (75, False), "铁": (167, True), "鐵": (167, False), "水": (85, False)}
        with mock.patch.object(claims.characters, "radicals", return_value=known), \
                mock.patch.object(claims.characters, "unihan", return_value={"金": "gold", "木": "tree", "水": "water"}):
            self.assertEqual(claims.base_rate(), 1 / 3)

    def drawn(self):
        """What is asked of a painter, and pictures of a grey that is told by their request."""
        asked = []

        def draw(requests, steps, guidance):
            asked.extend((*request, steps, guidance) for request in requests)
            return np.array([hash((prompt.lower(), seed, steps, guidance)) % 251 for prompt, seed in requests])

        lots = SimpleNamespace(requests=lambda count: [("a caption", 0)])
        plan = Plan(guidance=3.0, sweep_steps=(5,), sweep_guidance=())
        return asked, claims.draw(SimpleNamespace(draw=draw), ARGS, plan, lots)

    def test_gold_is_drawn_by_steps_with_and_without_guidance(self):
        asked, drawn = self.drawn()
        self.assertEqual({guidance: list(by_steps) for guidance, by_steps in drawn.gold.items()},
                         {1: claims.STEPS, 3: claims.STEPS})  # fmt: skip
        expected = {("gold", seed, steps, guidance) for seed in range(claims.SEEDS) for steps in claims.STEPS
                    for guidance in (1, 3)}  # fmt: skip
        self.assertLessEqual(expected, set(asked))
        self.assertLessEqual({("Gold", seed, claims.CAPITAL_STEPS, 3) for seed in range(claims.SEEDS)}, set(asked))
        beside = {(prompt, seed, 50, 3) for prompt in claims.BESIDE_REAL for seed in range(claims.BESIDE)}
        self.assertLessEqual(beside, set(asked))

    def test_capitals_are_compared_picture_by_picture(self):
        _, drawn = self.drawn()
        used = {picture_file(prompt, seed, claims.CAPITAL_STEPS, 3.0): "bf16" for prompt in ("Gold", "gold")
                for seed in range(claims.SEEDS)}  # fmt: skip
        painter = SimpleNamespace(used=used)
        self.assertTrue(claims.capitals_change_nothing(painter, ARGS, drawn))
        drawn.capital[7] += 1
        self.assertFalse(claims.capitals_change_nothing(painter, ARGS, drawn))
        used[picture_file("Gold", 7, claims.CAPITAL_STEPS, 3.0)] = "fp32"  # it was drawn in another precision
        self.assertTrue(claims.capitals_change_nothing(painter, ARGS, drawn))
        used |= {picture_file("gold", seed, claims.CAPITAL_STEPS, 3.0): "fp8" for seed in range(claims.SEEDS)}
        with self.assertRaisesRegex(SystemExit, "different precisions"):
            claims.capitals_change_nothing(painter, ARGS, drawn)

    def test_another_caption_misleads_in_the_glyph(self):
        def step(pipeline, ink, caption, t):
            self.assertEqual(t, claims.TRAINED_AT)
            return [], {"noise": 1, "glyph": {claims.CAPTION: 2, claims.OTHER_CAPTION: 3}[caption], "blank": 4}

        with mock.patch.multiple(claims.explained, load=mock.DEFAULT, strip=mock.DEFAULT, noised=mock.DEFAULT), \
                mock.patch.object(claims.explained, "training_step", step), \
                mock.patch.object(claims.fonts, "Family"):
            errors = claims.explain(ARGS)
        self.assertEqual(errors, {"noise": 1, "glyph": 2, "blank": 4, "glyph of another caption": 3})

    def test_the_page_says_what_was_found(self):
        row = {"share": 0.5, "low": 0.25, "high": 0.75, "traditional": 20, "simplified": 12}
        self.assertEqual(claims.table({1: {5: row}, 3.0: {}})[2:], ["| 1 | 5 | 20 | 12 | 0.50 | 0.25 to 0.75 |"])
        errors = {"noise": 0.1, "glyph": 0.2, "blank": 0.3, "glyph of another caption": 0.4}
        for same, said in ((True, "are the same."), (False, "are NOT the same.")):
            with tempfile.TemporaryDirectory() as folder:
                args = argparse.Namespace(out=Path(folder), guidance=3, precision="bf16")
                found = {"verdicts": {}, "base_rate": 0.037, "capitals_change_nothing": same,
                         "training_step_errors": errors}  # fmt: skip
                claims.write(args, SimpleNamespace(manner=lambda: "ddim"), found, [])
                text = (args.out / "claims.md").read_text()
            self.assertIn(f"Base rate 0.037. The pictures for Gold and for gold {said}", text)
            self.assertIn("noise is 0.1000, in the glyph 0.20; a blank sheet would have 0.30 there, the network told "
                          "another caption has 0.40.", text)  # fmt: skip

    def test_the_series_compare_few_steps_with_many_and_guidance_with_none(self):
        plans = []

        def stop(painter, args, plan, lots):
            plans.append(plan)
            raise KeyboardInterrupt

        args = argparse.Namespace(guidance=4.0, threads=1, binary="b", work=Path("w"), set=[], list=None)
        with mock.patch.object(claims, "parse_arguments", return_value=args), mock.patch.object(claims, "draw", stop), \
                mock.patch.multiple(claims.glyphs, ask_binary=mock.DEFAULT, read_glyphs=mock.DEFAULT), \
                mock.patch.object(claims, "painter_of"), mock.patch.object(claims.distribution, "Lots"), \
                self.assertRaises(KeyboardInterrupt):
            claims.main()
        by_steps, by_guidance = claims.distribution.series_of(plans[0])
        self.assertEqual([setting[1:] for setting in by_steps], [(120, 4), (5, 4)])
        self.assertEqual([setting[1:] for setting in by_guidance], [(50, 1), (50, 4), (50, 7.5)])


class CurveTest(unittest.TestCase):
    def test_steps_are_spread_by_their_logarithms_and_shares_rise(self):
        text = curve.svg({"one": [(1, 0, 0, 0.25), (10, 0.5, 0.4, 0.6), (100, 1, 0.9, 1)]}, 0.1, "steps", "share")
        picture = ElementTree.fromstring(text)
        svg = "{http://www.w3.org/2000/svg}"
        dots = [(float(dot.get("cx")), float(dot.get("cy"))) for dot in picture.iter(f"{svg}circle")]
        left, right, top, bottom = curve.LEFT, curve.WIDTH - curve.RIGHT, curve.TOP, curve.HEIGHT - curve.BOTTOM
        np.testing.assert_allclose(dots, [(left, bottom), ((left + right) / 2, (top + bottom) / 2), (right, top)])
        paths = [path.get("d") for path in picture.iter(f"{svg}path")]

        def y(share):
            return bottom - share * (bottom - top)

        for share, low, high in ((0, 0, 0.25), (0.5, 0.4, 0.6), (1, 0.9, 1)):
            self.assertIn(f"M{left + share * (right - left):.1f} {y(low):.1f}V{y(high):.1f}", paths)
        self.assertIn(f"M{left} {y(0.1):.1f}H{right}", paths)  # the level to compare with


if __name__ == "__main__":
    unittest.main()
