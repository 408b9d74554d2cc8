"""scripts/evaluate: its detector of copies on planted ones, its questions and tables, and that what it calls held
out is."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))
sys.path.insert(0, str(REPOSITORY / "tests"))
from support.scripts import load_script  # noqa: E402
from evaluation import adherence, curve, distribution, explained, figures, glyphs, redrawn, statistics, strokes, targets  # noqa: E402
from evaluation.copies import moved, nearest_glyphs  # noqa: E402
from evaluation.drawing import Listing, Painter  # noqa: E402
from evaluation.plan import QUICK, Plan  # noqa: E402
from judge import characters  # noqa: E402

try:
    from diffusers import DDPMScheduler, DPMSolverMultistepScheduler
except ImportError:
    DDPMScheduler = None

BINARY = Path(os.environ.get("GLYFFUSER", REPOSITORY / "build/glyffuser"))
MODEL = REPOSITORY / "data/models/glyffuser"
HAS_UNIHAN = (characters.UNICODE / "Unihan_IRGSources.txt.bz2").is_file()


def setUpModule():
    torch.set_num_threads(1)


class SeriesTest(unittest.TestCase):
    def test_others_are_compared_with_the_first_picture_by_picture(self):
        def likeness(kid, recall):
            kid, recall = (statistics.Estimate(value, value + spread * np.arange(statistics.PARTS)) for value, spread in
                           ((kid, 0), (recall, recall / 10)))  # fmt: skip
            return distribution.Likeness(kid, kid, kid, recall, recall, 4)

        likenesses = {"120 steps": likeness(0.1, 0.5), "5 steps": likeness(0.4, 0.25)}
        hits = {"120 steps": np.array([True, False, True, True]), "5 steps": np.array([True, False, False, False])}
        specks = {"120 steps": np.array([0, 0, 1, 0]), "5 steps": np.array([2, 1, 0, 0])}
        rows = {row.name: row for row in distribution.differences("By steps", likenesses, hits, specks)}
        kid, recall, radical, specks = (rows[f"{what}, 5 steps: more than with 120 steps"]
                                        for what in ("KID", "recall", "radical", "specks"))  # fmt: skip
        np.testing.assert_allclose((kid.value, kid.low, kid.high), 0.3)
        self.assertEqual((recall.value, radical.value), (-0.25, -0.5))
        self.assertTrue(recall.low < recall.value < recall.high)
        self.assertEqual(specks.value, 0.5)
        self.assertTrue(-1 <= specks.low < specks.value < specks.high <= 2)


def blobs(count, seed):
    """Pictures [count, 128, 128] with 32 x 32 random cells, smoothed so that they have neighbours worth the name."""
    rng = np.random.default_rng(seed)
    cells = rng.random((count, 8, 8)) > 0.5
    return (np.kron(cells, np.ones((16, 16))) * 255).astype(np.uint8)


class CopiesTest(unittest.TestCase):
    def test_finds_what_was_planted_and_nothing_else(self):
        training, fresh = blobs(300, 0), blobs(40, 1)
        rng = np.random.default_rng(2)
        planted = np.clip(training[50:60] * 0.9 + rng.normal(0, 12, (10, 128, 128)) + 10, 0, 255).astype(np.uint8)
        nearest = nearest_glyphs(np.concatenate([fresh, planted]), training)
        self.assertEqual(nearest.copied().tolist(), [False] * 40 + [True] * 10)
        self.assertEqual(nearest.place[40:].tolist(), list(range(50, 60)))

    def test_a_glyph_that_the_data_have_twice_can_be_copied(self):
        training = blobs(100, 3)
        training[80] = training[20]
        self.assertTrue(nearest_glyphs(training[20:21], training).copied().all())

    def test_one_of_a_family_of_near_twins_is_no_copy(self):
        training = blobs(100, 4)
        training[1] = training[0]
        training[1, :4, :4] = 255 - training[1, :4, :4]
        between = training[0].copy()
        between[124:, 124:] = 255 - between[124:, 124:]
        nearest = nearest_glyphs(between[None], training)
        self.assertGreater(nearest.correlation[0], 0.95)
        self.assertFalse(nearest.copied()[0])

    def test_what_is_moved_by_half_a_pixel_lies_between(self):
        ink = np.zeros((1, 4, 4), np.uint8)
        ink[0, :, 1] = 200
        half, one, two = moved(ink).values()
        self.assertEqual(half[0, 0].tolist(), [0, 100, 100, 0])
        self.assertEqual(one[0, 0].tolist(), [0, 0, 200, 0])
        self.assertEqual(two[0, 0].tolist(), [0, 0, 0, 200])

    def test_a_blank_picture_is_no_copy(self):
        self.assertFalse(nearest_glyphs(np.zeros((1, 128, 128), np.uint8), blobs(20, 5)).copied()[0])


class DocumentsTest(unittest.TestCase):
    """What the bundled model's documents say is what its evaluation.json says."""

    def setUp(self):
        self.folder = REPOSITORY / "data/models/glyffuser"
        rows = json.loads((self.folder / "evaluation.json").read_text())["figures"]
        self.rows = [figures.Figure(**row) for row in rows]

    def value(self, section, name):
        return next(row.value for row in self.rows if row.section.startswith(section) and row.name.startswith(name))

    def test_the_tables_are_the_jsons(self):
        tables = figures.markdown(self.rows, "", []).split("\n## ", 1)[1]
        self.assertTrue((self.folder / "evaluation.md").read_text().endswith(tables))

    def test_the_card_has_the_evaluations_targets(self):
        card = (self.folder / "README.md").read_text()
        for line in targets.table(self.rows):
            self.assertIn(line, card)

    def test_the_readme_quotes_them(self):
        text = " ".join((REPOSITORY / "README.md").read_text().split())
        together = "All together"
        unguided, guided = (self.value("Concepts", f"21 words, {how}") for how in ("unguided", "guidance"))
        held_out = self.value("Held-out captions", "a single picture, top 1")
        bold = self.value(together, "the bold weight's KID is so many times that of: unguided")
        wrong_font = self.value(together, "the wrong font's KID is so many times that of: unguided")
        precision, recall = (self.value(together, f"{what}, unguided") for what in ("precision", "recall"))
        for said in (
            f"21 words in {unguided:.0%} of the pictures without guidance and {guided:.0%} with it".replace("%", " %"),
            f"that of the glyph for {100 * held_out:.0f} % of the captions",
            f"{wrong_font:.0f} times nearer to the real glyphs than another font is (Noto Serif), and {bold:.0f} times nearer",
            f"recall is {recall:.2f} (0.6 was aimed at), its precision {precision:.2f} (0.8)",
        ):
            self.assertIn(said, text)


class StrokesTest(unittest.TestCase):
    def test_pieces_specks_and_grey(self):
        ink = np.zeros((2, 128, 128), np.uint8)
        ink[0, 10:20, 10:60] = 255
        ink[0, 20:60, 60:70] = 200  # touches the first by a corner
        ink[0, 80:90, 10:60] = 255
        ink[0, 100:103, 100:103] = 255
        ink[0, 110:120, 110:120] = 100
        self.assertEqual(strokes.pieces(ink).tolist(), [[2, 1], [0, 0]])
        np.testing.assert_allclose(strokes.grey(ink), [100 / 128**2, 0])


def small_data():
    captions = ["water", "water", "river", "Metal, tin", "bird"]
    return glyphs.Glyphs(list("水氵河錫鳥"), captions, np.array([False, False, True, True, False]), np.array([85, 85, 85, 167, 196]))


class QuestionsTest(unittest.TestCase):
    def test_reads_the_table_of_the_binary(self):
        with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="", encoding="utf-8") as file:
            file.write("code_point,x,y,radical,layout,definition,split\r\n")
            file.write('U+6C34,0,0,85,unknown,"water, ""liquid""",training\r\nU+6CB3,0,0,85,unknown,river,held out\r\n')
            file.flush()
            data = glyphs.read_glyphs(file.name)
        self.assertEqual(data.captions, ['water, "liquid"', "river"])
        self.assertEqual(data.held_out.tolist(), [False, True])
        self.assertEqual(data.radicals.tolist(), [85, 85])

    def test_shares_of_a_concept(self):
        concept = glyphs.Concept(glyphs.Question("tin", frozenset({167})), frozenset({"tin", "river"}), None)
        self.assertEqual(concept.real_share(small_data()), 0.5)
        self.assertEqual(concept.base_rate(small_data()), 0.2)

    def test_held_out_captions_are_chosen_by_a_fixed_seed(self):
        places, captions = adherence.held_out_captions(small_data(), None)
        self.assertEqual((places, captions), ([2, 3], ["Metal, tin", "river"]))
        self.assertEqual(adherence.held_out_captions(small_data(), 1), adherence.held_out_captions(small_data(), 1))
        self.assertFalse({c.lower() for c in captions} & small_data().training_captions())

    def test_hits_and_the_control(self):
        water, metal = glyphs.Question("water", frozenset({85})), glyphs.Question("metal", frozenset({167}))
        seen = torch.zeros(2, 214)
        seen[0, 84] = seen[1, 84] = 1
        self.assertEqual(adherence.hits(seen, [water, metal]).tolist(), [True, False])
        self.assertEqual(adherence.next_other([water, water, metal], 0), metal)
        self.assertEqual(adherence.next_other([water, water, metal], 2), water)

    @unittest.skipUnless(HAS_UNIHAN, "unicode-data is not installed")
    def test_the_committed_lists(self):
        concepts = glyphs.read_concepts()
        self.assertEqual(len(concepts), 21)
        for concept in concepts:
            self.assertTrue(concept.question.radicals)
            self.assertNotIn(concept.question.prompt.split()[-1], concept.paraphrase.prompt.split())
        self.assertEqual(len(glyphs.read_unseen_words(small_data().captions)), 30)
        with self.assertRaisesRegex(SystemExit, "'volcano' occurs in a caption"):
            glyphs.read_unseen_words(["the volcanos"])


class WritingTest(unittest.TestCase):
    def test_markdown_and_json(self):
        made = [figures.share("Adherence", "words", [True] * 3), figures.Figure("Distances", "KID", -0.25), figures.Figure("Distances", "none", float("nan"))]
        with tempfile.TemporaryDirectory() as folder:
            figures.write(Path(folder), made, {"steps": 50}, "A model", ["Noted."])
            text = (Path(folder) / "evaluation.md").read_text()
            saved = json.loads((Path(folder) / "evaluation.json").read_text())
        self.assertIn("| words | 1.000 | 0.438 to 1.000 | 3 |", text)
        self.assertIn("| KID | -0.250 |  |  |", text)
        self.assertEqual(saved["settings"], {"steps": 50})
        self.assertIsNone(saved["figures"][2]["value"])


class PrecisionTest(unittest.TestCase):
    def painter(self, folder, *folders):
        used = {"a": "bf16", "b": "fp32"} | {str(i): "bf16" for i in range(1500)}
        return Painter(BINARY, MODEL, "ddim", folder, 1, "bf16", folders=folders, used=used)

    def test_an_evaluation_says_what_its_pictures_were_drawn_in(self):
        made = [figures.Figure(target.section, target.name, 0.5) for target in targets.TARGETS]
        for precision, said, counts in (("any", "1,501 pictures in bf16 and 1 pictures in fp32", {"bf16": 1501, "fp32": 1}),
                                        ("bf16", "bf16", None)):  # fmt: skip
            with tempfile.TemporaryDirectory() as folder:
                args = argparse.Namespace(out=Path(folder), model=MODEL, quick=precision == "any", precision=precision)
                painter = self.painter(args.out, *[args.out] if precision == "any" else [])
                load_script("evaluate").write(args, painter, Plan(), {"seed": 0}, made)
                self.assertIn(f", 50 steps where nothing else is said, {said}.\n", (args.out / "evaluation.md").read_text())
                settings = json.loads((args.out / "evaluation.json").read_text())["settings"]
                kind = "a quick evaluation, of few pictures" if args.quick else "an evaluation"
                self.assertIn(f"This is {kind}: ", (args.out / "evaluation.md").read_text())
            self.assertEqual((settings["precision"], settings.get("pictures")), (precision, counts))
            self.assertEqual(settings["quick"], args.quick)

    def test_so_do_the_claims(self):
        for precision in ("any", "bf16"):
            with tempfile.TemporaryDirectory() as folder:
                args = argparse.Namespace(out=Path(folder), guidance=3, precision=precision)
                errors = dict.fromkeys(("noise", "glyph", "blank", "glyph of another caption"), 0)
                found = {"verdicts": {}, "base_rate": 0, "capitals_change_nothing": True, "training_step_errors": errors}
                load_script("claims").write(args, self.painter(args.out, args.out), found, [])
                note = "These are 1,501 pictures in bf16 and 1 pictures in fp32.\n" in (args.out / "claims.md").read_text()
                counts = json.loads((args.out / "claims.json").read_text()).get("pictures")
            self.assertEqual((note, counts), (True, {"bf16": 1501, "fp32": 1}) if precision == "any" else (False, None))


class TargetsTest(unittest.TestCase):
    def test_says_what_was_reached(self):
        values = {target: 0.055 for target in targets.TARGETS}
        found = [figures.Figure(f"{target.section}, 2 seeds", f"{target.name} 3", value, 0.05, 0.06, 40) for target, value in values.items()]
        self.assertTrue(all(target.reached(target.bound) for target in targets.TARGETS))
        rows = targets.table(found)[2:]
        self.assertEqual(rows[0], "| concepts, unguided | ≥ 0.5 | 0.055 | 0.050 to 0.060 | 40 | **missed** |")
        self.assertEqual(rows[3], "| the same, prompts shuffled | ≤ 0.06 | 0.055 | 0.050 to 0.060 | 40 | reached |")
        self.assertEqual([row.endswith("| reached |") for row in rows], [False, False, False, True, False, False, False, False])


class SweepTest(unittest.TestCase):
    def test_a_sweep_draws_what_its_sections_look_at(self):
        plan = Plan(sweep=4)
        listing = Listing(Painter(BINARY, Path("model"), "ddim", Path("nowhere"), 1, "fp32"))
        drawn = distribution.draw_sweep(listing, plan, distribution.Lots(small_data(), 2))
        self.assertEqual(set(drawn), {setting[1:] for series in distribution.series_of(plan) for setting in series})
        self.assertEqual(len(drawn), len(plan.sweep_steps) + len(plan.sweep_guidance) - 1)  # one is in both
        self.assertEqual(len(listing.records), 2 * len(drawn))


class CurveTest(unittest.TestCase):
    def test_points_rise_with_their_shares_and_stay_inside(self):
        picture = ElementTree.fromstring(curve.svg({"one": [(1, 0.1, 0.05, 0.2), (5, 0.5, 0.4, 0.6), (120, 1, 0.9, 1)]}, 0.037, "steps", "a < b"))
        dots = [(float(dot.get("cx")), float(dot.get("cy"))) for dot in picture.iter("{http://www.w3.org/2000/svg}circle")]
        self.assertEqual(dots, sorted(dots, key=lambda dot: (dot[0], -dot[1])))
        self.assertEqual(len(dots), 3)
        self.assertTrue(all(0 < x < curve.WIDTH and 0 < y < curve.HEIGHT for x, y in dots))
        self.assertIn("all characters: 3.7 %", [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")])


class Oracle:
    """A pipeline whose network knows the glyph and the noise."""

    facts = {"patch_size": 4}

    def __init__(self, prediction, ink, seed, scheduler=DDPMScheduler):
        self.scheduler = scheduler(prediction_type=prediction)
        self.original = explained.as_pixels(ink)
        self.noise = torch.randn(self.original.shape, generator=torch.Generator().manual_seed(seed))

    def encode(self, prompts):
        return prompts

    def draw_noise(self, count, generators):
        return torch.cat([torch.randn(1, 1, 128, 128, generator=generator) for generator in generators])

    def predict(self, x, t, text, guidance_scale, guidance_rescale):
        velocity = DDPMScheduler().get_velocity(self.original, self.noise, t.reshape(1))
        answer = {"sample": self.original, "epsilon": self.noise, "v_prediction": velocity}[self.scheduler.config.prediction_type]
        return torch.nn.functional.pixel_unshuffle(answer, 4)


@unittest.skipUnless(DDPMScheduler, "diffusers is not installed: scripts/setup --peers")
class ExplainedTest(unittest.TestCase):
    def test_a_perfect_network_implies_the_noise_and_the_glyph(self):
        ink = blobs(1, 6)[0]
        for prediction in ("sample", "epsilon", "v_prediction"):
            cells, errors = explained.training_step(Oracle(prediction, ink, 0), ink, "anything", 400)
            self.assertLess(max(errors["noise"], errors["glyph"]), 1e-9)
            self.assertAlmostEqual(errors["blank"], 4 * (ink > 0).mean(), places=5)
            pictures = dict(cells)
            np.testing.assert_allclose(pictures["clean, predicted"].astype(int), 255 - ink.astype(int), atol=1)
            np.testing.assert_allclose(pictures["ε, predicted"].astype(int), pictures["noise ε"].astype(int), atol=1)

    def test_noise_grows(self):
        ink = blobs(1, 7)[0]
        cells = explained.noised(Oracle("sample", ink, 0), ink, [75, 350, 999])
        self.assertEqual([label for label, _ in cells], ["clean", "t = 75", "t = 350", "t = 999"])
        distance = [np.abs(grey.astype(int) - cells[0][1]).mean() for _, grey in cells]
        self.assertEqual(distance, sorted(distance))
        self.assertEqual(distance[0], 0)

    def test_a_models_solver_changes_nothing(self):
        ink = blobs(1, 8)[0]
        usual, solver = (Oracle("sample", ink, 0, scheduler) for scheduler in (DDPMScheduler, DPMSolverMultistepScheduler))
        for (label, one), (_, other) in zip(explained.noised(usual, ink, [75, 999]), explained.noised(solver, ink, [75, 999])):
            np.testing.assert_array_equal(one, other, label)
        self.assertLess(explained.training_step(solver, ink, "anything", 400)[1]["noise"], 1e-9)


@unittest.skipUnless(DDPMScheduler, "diffusers is not installed: scripts/setup --peers")
class RedrawnTest(unittest.TestCase):
    def test_a_level_is_the_first_time_step_not_above_it(self):
        scheduler = DDPMScheduler(timestep_spacing="trailing")
        self.assertEqual([redrawn.first_step(scheduler, 20, level) for level in (999, 650, 649, 49, 1)], [0, 7, 7, 19, 19])
        self.assertEqual(scheduler.timesteps[7], 649)

    def test_a_perfect_network_draws_the_glyph_again(self):
        ink = blobs(2, 9)
        for scheduler in (DDPMScheduler, DPMSolverMultistepScheduler):
            oracle = Oracle("sample", ink[0], 0, scheduler)
            oracle.original = torch.cat([explained.as_pixels(picture) for picture in ink])
            for begin in (0, 5, 9):
                again = redrawn.redraw(oracle, ink, ["one", "other"], 10, begin)
                np.testing.assert_allclose(again.astype(int), ink.astype(int), atol=1)

    def test_what_is_given_is_the_glyph_under_that_noise(self):
        """A network that answers with what it sees: the less noise, the nearer to the glyph."""
        ink = blobs(1, 10)
        oracle = Oracle("sample", ink[0], 0)
        oracle.predict = lambda x, t, text, guidance_scale, guidance_rescale: x
        far = [np.abs(redrawn.redraw(oracle, ink, ["one"], 10, begin).astype(int) - ink).mean() for begin in (1, 5, 9)]
        self.assertEqual(far, sorted(far, reverse=True))
        self.assertLess(far[-1], 0.5 * far[0])


@unittest.skipUnless(BINARY.is_file() and HAS_UNIHAN, "glyffuser is not built here, or unicode-data missing")
class BinaryTest(unittest.TestCase):
    def test_the_held_out_share_neither_captions_nor_drawings_with_the_others(self):
        alike = "㘽㦳㫚曶㬵胶㬻䐠㮣槩"  # the font draws two each with the same pixels
        with tempfile.TemporaryDirectory() as folder:
            def data_of(*settings):
                return glyphs.read_glyphs(glyphs.ask_binary(BINARY, settings, Path(folder)))

            others = set(data_of("data.max_glyphs=400").characters) - set(alike)
            data = data_of(f"data.characters={alike}{''.join(sorted(others))}", "data.held_out=0.5")
            drawings = [ink.tobytes() for ink in glyphs.real_pictures(data.characters, Path(folder))]
        self.assertGreaterEqual(len(data.captions), 400)
        self.assertAlmostEqual(data.held_out.mean(), 0.5, delta=0.01)
        self.assertLessEqual(set(alike), set(data.characters))
        self.assertEqual(len(set(drawings)), len(drawings) - len(alike) // 2)
        for seen in ([caption.lower() for caption in data.captions], drawings):
            self.assertLess(len(set(seen)), len(seen))  # or there would be nothing to tell apart
            held, rest = ({one for one, is_held in zip(seen, data.held_out) if is_held == side} for side in (True, False))
            self.assertFalse(held & rest)

    def test_an_evaluation_lists_its_pictures(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "list.jsonl"
            command = [sys.executable, REPOSITORY / "scripts/evaluate", MODEL, "--binary", BINARY, "--quick", "--set", "data.max_glyphs=400",
                       "--work", folder, "--list", file]  # fmt: skip
            result = subprocess.run([*map(str, command)], capture_output=True, text=True)
            self.assertEqual(result.returncode, 0, result.stderr)
            records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        self.assertIn(f"{len(records)} pictures are missing", result.stdout)
        self.assertEqual(len({record["file"] for record in records}), len(records))
        concepts = [record for record in records if record["prompt"] == "gold"]
        self.assertEqual({(record["seed"], record["guidance_scale"]) for record in concepts},
                         {(seed, guidance) for seed in range(QUICK.concept_seeds) for guidance in (1, 3)})  # fmt: skip


if __name__ == "__main__":
    unittest.main()
