"""scripts/evaluation/glyphs, explained and redrawn: whose data it is, and what the network is asked."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import numpy as np
import torch
from torch.nn.functional import pixel_unshuffle

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))
from evaluation import explained, figures, glyphs, redrawn, statistics  # noqa: E402

try:
    from diffusers import DDPMScheduler
except ImportError:
    DDPMScheduler = None

# Tells its settings in the place of a table; fails if there is none.
BINARY = f"""#!{sys.executable}
import pathlib, sys
if sys.argv[1] == "--version":
    print("@VERSION@")
    sys.exit()
settings = [text for text in sys.argv[1:] if "=" in text]
if "fails=1" in settings:
    sys.exit(4)
config, folder = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
folder.mkdir()
(folder / "umap.csv").write_text("\\n".join([config.read_text().strip(), *settings]))
"""


class DataTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def ask(self, version, *settings):
        (self.root / "binary").write_text(BINARY.replace("@VERSION@", version))
        (self.root / "binary").chmod(0o755)
        return glyphs.ask_binary(self.root / "binary", settings, self.root / "cache")

    def test_a_table_is_of_one_version_and_its_settings(self):
        tables = [self.ask(*given) for given in (("1",), ("2",), ("1", "data.held_out=0.5"), ("1", "umap.epochs=9"))]
        self.assertEqual(len(set(tables)), 4)
        lines = tables[2].read_text().splitlines()
        self.assertEqual((lines[0], lines[1:-1], lines[-1]), ("seed: 0", glyphs.CHEAP_MAP, "data.held_out=0.5"))
        tables[0].write_text("kept")
        self.assertEqual(self.ask("1").read_text(), "kept")
        self.assertEqual(len(list((self.root / "cache").iterdir())), 4)  # and nothing else is left there

    def test_no_table_is_left_by_a_binary_that_fails(self):
        with self.assertRaisesRegex(SystemExit, "umap-export ended with exit code 4"):
            self.ask("1", "fails=1")
        self.assertEqual(list((self.root / "cache").iterdir()), [])

    def test_pictures_are_kept_for_these_characters_alone(self):
        family = mock.Mock()
        family.draw = lambda character: np.full((128, 128), ord(character) % 256, np.uint8)
        with mock.patch.object(glyphs.fonts, "Family", return_value=family) as made:
            for wanted in ("甲乙", "甲乙", "甲丙"):
                ink = glyphs.real_pictures(list(wanted), self.root)
                self.assertEqual(ink[:, 0, 0].tolist(), [ord(character) % 256 for character in wanted])
        self.assertEqual(made.call_count, 2)

    def test_case_does_not_matter_in_captions(self):
        data = glyphs.Glyphs(list("錫鐵河"), ["Metal, Tin", "Iron", "river"], np.array([False, False, True]),
                             np.array([167, 167, 85]))  # fmt: skip
        self.assertEqual(data.training_captions(), {"metal, tin", "iron"})
        concept = glyphs.Concept(glyphs.Question("tin", frozenset({167})), frozenset({"tin", "river"}), None)
        self.assertEqual(concept.real_share(data), 0.5)
        file = self.root / "words.tsv"
        file.write_text("iron\t金\n", encoding="utf-8")
        with mock.patch.object(glyphs.characters, "radical_numbers", return_value={"金": 167}), \
                self.assertRaisesRegex(SystemExit, "'iron' occurs in a caption"):
            glyphs.read_unseen_words(data.captions, file)

    def test_a_paraphrase_is_another_prompt_for_the_same_radicals(self):
        (self.root / "concepts.tsv").write_text("gold\tgold|golden\t金木\ta yellow metal\n", encoding="utf-8")
        with mock.patch.object(glyphs.characters, "radical_numbers", return_value={"金": 167, "木": 75}):
            concept, = glyphs.read_concepts(self.root / "concepts.tsv")
        self.assertEqual((concept.question.prompt, concept.paraphrase.prompt), ("gold", "a yellow metal"))
        self.assertEqual((concept.words, concept.question.radicals, concept.paraphrase.radicals),
                         ({"gold", "golden"}, {167, 75}, {167, 75}))  # fmt: skip

    def test_a_share_has_its_clusters_interval_and_counts_all(self):
        hits, clusters = np.array([True, False, True, True, False, False]), [0, 0, 1, 1, 2, 2]
        figure = figures.share("a", "b", hits, clusters)
        self.assertEqual((figure.value, figure.low, figure.high), statistics.interval(hits, clusters))
        self.assertNotEqual((figure.low, figure.high), statistics.interval(hits)[1:])
        self.assertEqual(figure.count, 6)

    def test_what_is_written_is_utf_8_whatever_the_locale(self):
        command = ("import pathlib, sys; from evaluation import figures; figures.write(pathlib.Path(sys.argv[1]), "
                   "[figures.Figure(chr(0x2026), chr(0x2265), 1.0)], {}, chr(0x5b57), [])")  # fmt: skip
        environment = os.environ | {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C",
                                    "PYTHONPATH": str(REPOSITORY / "scripts")}  # fmt: skip
        command = [sys.executable, "-c", command, self.root]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        figure, = json.loads((self.root / "evaluation.json").read_text(encoding="utf-8"))["figures"]
        self.assertEqual((figure["section"], figure["name"]), ("…", "≥"))

    def test_numbers_are_as_exact_as_they_are_told(self):
        values = (0, 0.0004, -0.0004, 1.23456, -250.4, 123.4, float("nan"), None)
        self.assertEqual([figures.number(value) for value in values],
                         ["0.000", "< 0.001", "-0.000", "1.235", "-250", "123", "", ""])  # fmt: skip


class Pipeline:
    """Notes what its network is asked."""

    facts = {"patch_size": 4}

    def __init__(self):
        self.scheduler, self.asked, self.seeds = DDPMScheduler(prediction_type="sample"), [], None

    def encode(self, captions):
        return captions

    def draw_noise(self, count, generators):
        self.seeds = [generator.initial_seed() for generator in generators]
        return torch.cat([torch.randn(1, 1, 128, 128, generator=generator) for generator in generators])

    def predict(self, x, t, text, guidance_scale, guidance_rescale):
        self.asked.append((x, int(t), text, guidance_scale))
        return torch.zeros_like(x)


@unittest.skipUnless(DDPMScheduler, "diffusers is not installed: scripts/setup --peers")
class NetworkTest(unittest.TestCase):
    ink = np.random.default_rng(0).integers(0, 256, (3, 128, 128)).astype(np.uint8)

    def noised(self, pipeline, seed, t):
        """The glyph `seed` under the noise of seed 5 + `seed`."""
        kept = pipeline.scheduler.alphas_cumprod[t]
        noise = torch.randn(1, 1, 128, 128, generator=torch.Generator().manual_seed(5 + seed))
        return pixel_unshuffle(kept.sqrt() * explained.as_pixels(self.ink[seed]) + (1 - kept).sqrt() * noise, 4)

    def test_a_drawing_goes_on_from_the_noise_of_its_first_step_without_guidance(self):
        pipeline = Pipeline()
        redrawn.redraw(pipeline, self.ink, ["a", "b", "c"], 10, 4, seed=5)
        self.assertEqual(pipeline.seeds, [5, 6, 7])
        self.assertEqual([t for _, t, *_ in pipeline.asked], pipeline.scheduler.timesteps[4:].tolist())
        self.assertEqual([asked[2:] for asked in pipeline.asked], [(["a", "b", "c"], 1)] * 6)
        expected = torch.cat([self.noised(pipeline, seed, pipeline.asked[0][1]) for seed in range(3)])
        torch.testing.assert_close(pipeline.asked[0][0], expected)

    def test_a_training_step_is_without_guidance(self):
        pipeline = Pipeline()
        explained.training_step(pipeline, self.ink[0], "a", 700, seed=5)
        (x, *asked), = pipeline.asked
        self.assertEqual(asked, [700, ["a"], 1])
        torch.testing.assert_close(x, self.noised(pipeline, 0, 700))

    def test_grey_values_are_rounded_and_noise_has_a_range_of_its_own(self):
        pixels = torch.tensor([-1, -0.5, 0.5, 1, 3])[None, None, None]
        self.assertEqual(explained.as_grey(pixels)[0].tolist(), [0, 64, 191, 255, 255])
        self.assertEqual(explained.as_grey(pixels, 3)[0].tolist(), [85, 106, 149, 170, 255])
        cells, _ = explained.training_step(Pipeline(), self.ink[0], "a", 700)
        self.assertLess(np.mean(np.isin(dict(cells)["noise ε"], (0, 255))), 0.01)

    def test_the_last_step_is_taken_where_all_are_above(self):
        scheduler = SimpleNamespace(timesteps=torch.tensor([900, 600, 300]), set_timesteps=lambda steps: None)
        self.assertEqual([redrawn.first_step(scheduler, 3, level) for level in (900, 899, 300, 5)], [0, 1, 2, 2])


if __name__ == "__main__":
    unittest.main()
