"""scripts/judge: what it learns from, that a stop changes nothing, and which characters its figures are of."""

import contextlib
import hashlib
import io
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import numpy as np
import torch
from PIL import Image

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))
from evaluation.statistics import interval  # noqa: E402
from judge import assess, augment, characters, fonts, network, train  # noqa: E402

COUNT = 24


def setUpModule():
    torch.set_num_threads(1)


def small_data():
    """As train.Data: random pictures in every family, the second of which lacks a character."""
    rng = np.random.default_rng(0)
    data = train.Data.__new__(train.Data)
    data.characters = [chr(0x4E00 + i) for i in range(COUNT)]
    data.radical, data.simplified = torch.arange(COUNT) % 5, (torch.arange(COUNT) % 2).float()
    data.layout = torch.tensor([characters.NO_LAYOUT, 0, 1] * (COUNT // 3))
    data.pictures = {name: (rng.integers(0, 256, (COUNT, 64, 64), dtype=np.uint8), np.ones(COUNT, bool))
                     for name in fonts.TRAINING}  # fmt: skip
    list(data.pictures.values())[1][1][7] = False
    data.held_out = np.arange(COUNT) % 4 == 1
    return data


class TrainingTest(unittest.TestCase):
    def setUp(self):
        patch = mock.patch.object(train, "BATCH", 4)
        patch.start()
        self.addCleanup(patch.stop)
        self.data = small_data()

    def test_nothing_held_out_is_learned_from(self):
        pairs = self.data.training_pairs().tolist()
        expected = [[font, character] for font in range(6) for character in range(COUNT)
                    if character % 4 != 1 and (font, character) != (1, 7)]  # fmt: skip
        self.assertEqual(pairs, expected)

    def test_data_are_of_every_family_and_known_characters(self):
        known = {"甲": (1, False), "乙": (214, True), "丙": (3, False)}
        drawn = np.ones(3, bool)
        ink = {name: np.random.default_rng(i).integers(0, 256, (3, 64, 64), dtype=np.uint8)
               for i, name in enumerate([*fonts.TRAINING, "Noto Sans"])}  # fmt: skip
        ink["Noto Sans"][2] = ink["Noto Sans"][0]  # in the generator's font alone they are alike
        with mock.patch.multiple(train.characters, learned=lambda: list("甲乙丙"), radicals=lambda: known,
                                 read_layouts=lambda file: {"乙": 4},
                                 held_out=lambda characters_, groups: groups == 0), \
                mock.patch.object(train.fonts, "render_cached", lambda name, *_: (ink[name], drawn)):
            data = train.Data("layouts.tsv", Path("cache"))
        self.assertEqual(data.radical.tolist(), [0, 213, 2])
        self.assertEqual((data.simplified.tolist(), data.layout.tolist()), ([0, 1, 0], [-1, 4, -1]))
        self.assertEqual(data.held_out.tolist(), [True, False, True])
        self.assertEqual(list(data.pictures), [*fonts.TRAINING, "Noto Sans"])
        self.assertEqual({font for font, _ in data.training_pairs().tolist()}, set(range(6)))  # none of the generator's

    def test_a_stopped_training_ends_with_the_same_weights(self):
        whole = train.Training(self.data, 3)
        for _ in range(3):
            whole.advance(10)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "training.pt"
            begun = train.Training(self.data, 3)
            begun.advance(10)
            begun.save(file)
            torch.rand(7)
            after = train.Training(self.data, 3)
            after.load(file)
            self.assertEqual([file.name for file in Path(folder).iterdir()], ["training.pt"])
            with self.assertRaisesRegex(SystemExit, "a training with seed 3, not 4; delete it"):
                train.Training(self.data, 4).load(file)
        for _ in range(2):
            after.advance(10)
        self.assertEqual(after.step, 3)
        for name, value in whole.model.state_dict().items():
            torch.testing.assert_close(after.model.state_dict()[name], value, rtol=0, atol=0, msg=name)

    def test_the_rate_rises_stays_and_falls(self):
        rates = [train.learning_rate(step, 4000) / train.PEAK_RATE for step in (0, 99, 199, 1500, 3000, 3500, 3999)]
        np.testing.assert_allclose(rates, [1 / 200, 1 / 2, 1, 1, 1, 1 / 2, 1 / 1000])

    def test_losses_are_of_what_is_known(self):
        torch.manual_seed(0)
        verdicts = network.Verdicts(torch.randn(3, 214), torch.randn(3), torch.randn(3, 12), torch.randn(3, 6), None)
        total, parts = train.loss_of(verdicts, self.data, torch.tensor([0, 5, 2]), torch.tensor([0, 1, 2]))
        layouts = verdicts.layout.log_softmax(1)
        self.assertAlmostEqual(parts["layout"].item(), -(layouts[1, 0] + layouts[2, 1]).item() / 2, places=5)
        smooth = verdicts.radical.log_softmax(1)
        expected = -(0.95 * smooth[range(3), range(3)] + 0.05 * smooth.mean(1)).mean()
        self.assertAlmostEqual(parts["radical"].item(), expected.item(), places=5)
        weights = {"radical": 1, "simplified": 0.3, "layout": 0.5, "font": 0.1}
        self.assertAlmostEqual(total.item(), sum(weights[name] * part.item() for name, part in parts.items()), places=4)

    def test_a_table_of_layouts_is_made_once_and_whole(self):
        with tempfile.TemporaryDirectory() as folder:
            failed = SimpleNamespace(returncode=1, stdout="half\n", stderr="x\nno cjklib\n")
            with mock.patch.object(train.subprocess, "run", return_value=failed), \
                    self.assertRaisesRegex(SystemExit, "^no cjklib$"):
                train.table_of_layouts(Path(folder))
            self.assertEqual(list(Path(folder).iterdir()), [])
            made = SimpleNamespace(returncode=0, stdout="明\t⿰\n", stderr="")
            with mock.patch.object(train.subprocess, "run", return_value=made) as run:
                for _ in range(2):
                    self.assertEqual(train.table_of_layouts(Path(folder)).read_text(encoding="utf-8"), "明\t⿰\n")
            self.assertEqual(run.call_count, 1)

    def test_it_is_measured_as_it_will_judge(self):
        """Without dropout, with its averages of batches."""
        with tempfile.TemporaryDirectory() as folder:
            command = ["train.py", "--steps", "1", "--cache", folder, "--out", f"{folder}/judge.safetensors"]
            with mock.patch("sys.argv", command), mock.patch.object(train, "Data", return_value=self.data), \
                    mock.patch.object(train, "table_of_layouts"), contextlib.redirect_stdout(io.StringIO()), \
                    mock.patch.object(train, "assess", side_effect=lambda model, data: model.training) as measured, \
                    mock.patch.object(train, "table", return_value=""):
                train.main()
            self.assertIs(measured.call_args.args[0].training, False)
            self.assertEqual(network.load(f"{folder}/judge.safetensors")[1]["steps"], 1)


class AssessTest(unittest.TestCase):
    def test_figures_are_of_held_out_characters_that_the_font_has(self):
        data = small_data()
        rows = {name: [i for i in range(1, COUNT, 4) if drawn[i]] for name, (_, drawn) in data.pictures.items()}
        list(data.pictures.values())[2][1][5] = False
        rows[list(rows)[2]].remove(5)
        asked = []

        def judge(model, ink):
            asked.append(ink)
            seen = torch.zeros(len(ink), 214)
            seen[:, :7] = torch.tensor([5.0, 4, 0, 3, 1, 2, 9])  # ranked: radicals 6, 0, 1, 3, 5; then 4 and 2
            seen[0, 1] = seen[3, 3] = 20
            forms, layouts = torch.tensor([1.0, -1] * 6), torch.eye(12)[[0, 1] * 6]
            return network.Verdicts(seen, forms[:len(ink)], layouts[:len(ink)], None, None)

        with mock.patch.object(network, "judge", judge):
            figures = assess.assess(None, data)
        for name, ink in zip(figures, asked):
            np.testing.assert_array_equal(ink, data.pictures[name][0][rows[name]])
            self.assertEqual(figures[name]["characters"], len(rows[name]))
        # Of characters 1, 5, 9, 13, 17 and 21, which are all simplified.
        found = figures["Noto Serif"]
        self.assertEqual([int(data.radical[i]) for i in rows["Noto Serif"]], [1, 0, 4, 3, 2, 1])
        self.assertEqual(found["radical"], interval(np.float32([1, 0, 0, 1, 0, 0])))
        self.assertEqual(found["radical, top 5"], interval(np.float32([1, 1, 0, 1, 0, 1])))
        self.assertEqual(found["form"], interval(np.float32([1, 0, 1, 0, 1, 0])))
        layouts = [int(data.layout[i]) for i in rows["Noto Serif"]]
        right = [float(layout == i % 2) for i, layout in enumerate(layouts) if layout != characters.NO_LAYOUT]
        self.assertEqual(found["layout"], interval(np.float32(right)))

    def test_forms_are_asked_of_radicals_that_have_two(self):
        data = small_data()
        data.simplified = (torch.arange(COUNT) % 10 == 1).float()  # of radical 1 alone
        verdicts = network.Verdicts(torch.zeros(COUNT, 214), torch.ones(COUNT), torch.zeros(COUNT, 12), None, None)
        with mock.patch.object(network, "judge", return_value=verdicts):
            found = assess.figures_of(None, data, np.zeros((COUNT, 64, 64)), np.arange(COUNT))
        self.assertEqual(found["form"], interval(data.simplified[torch.arange(COUNT) % 5 == 1].numpy()))

    def test_the_table_is_in_per_cent(self):
        rows = assess.table({"Droid": {"characters": 7, "radical": (0.5, 0.25, 0.755)}}).splitlines()
        self.assertEqual(rows[::2], ["| font | characters | radical |", "| Droid | 7 | 50.0 (25.0 to 75.5) |"])


class PicturesTest(unittest.TestCase):
    def test_strokes_become_thicker_or_thinner(self):
        x = torch.zeros(1, 1, 9, 9)
        x[0, 0, 2:7, 2:7] = 1
        for amount, low, high in ((0.5, 25, 49), (-0.5, 9, 25), (0, 24.9, 25.1)):
            with mock.patch.object(augment, "uniform", return_value=torch.full((1, 1, 1, 1), amount)):
                changed = augment.change_weight(x, None)
            self.assertTrue(low < changed.sum() < high, amount)
            self.assertTrue(0 <= changed.min() and changed.max() <= 1)

    def test_blur_keeps_the_ink(self):
        x = torch.zeros(1, 1, 9, 9)
        x[0, 0, 4, 4] = 1
        with mock.patch.object(augment, "uniform", return_value=torch.ones(1, 1, 1, 1)):
            soft = augment.blur(x, None)
        self.assertEqual((soft.sum().item(), soft[0, 0, 4, 4].item(), soft[0, 0, 3, 4].item()), (1, 1 / 4, 1 / 8))

    def test_pictures_of_another_size_are_means(self):
        grey = np.full((256, 256), 255, np.uint8)
        grey[0:2, 0:2] = [[0, 255], [255, 255]]
        with tempfile.TemporaryDirectory() as folder:
            Image.fromarray(grey).save(f"{folder}/a.png")
            ink = fonts.read_picture(f"{folder}/a.png")
        self.assertEqual((ink.shape, int(ink[0, 0]), int(ink.sum())), ((128, 128), 63, 63))

    def test_a_glyph_is_centred_by_its_advance_or_its_ink(self):
        def corner(**place):
            rows, columns = np.nonzero(fonts.place(np.full((10, 20), 255, np.uint8), **place))
            return int(rows.min()), int(columns.min())

        self.assertEqual(corner(left=3, top=40, advance=100), (66, 17))  # (128 - 116) / 2 + 100 - 40
        self.assertEqual(corner(left=3, top=40, advance=10)[1], 55)  # its ink is wider
        self.assertEqual(corner(left=3, top=2, advance=100)[0], 100)  # 8 reach below the baseline

    def test_what_stops_while_it_is_written_leaves_the_old_file(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "below/a.txt"
            fonts.save(file, Path.write_text, data="old")

            def stop(partial, data):
                partial.write_text(data[:1])
                raise KeyboardInterrupt

            with self.assertRaises(KeyboardInterrupt):
                fonts.save(file, stop, data="new")
            self.assertEqual((file.read_text(), len(list(file.parent.iterdir()))), ("old", 1))

    def test_all_pictures_are_judged_as_they_are_in_any_batch(self):
        torch.manual_seed(1)
        model, ink = network.Judge().eval(), np.random.default_rng(1).integers(0, 256, (5, 64, 64), dtype=np.uint8)
        whole, parts = network.judge(model, ink), network.judge(model, ink, batch=2)
        self.assertEqual(parts.radical.shape, (5, 214))
        for one, other in zip(whole, parts):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


class CharactersTest(unittest.TestCase):
    def test_one_in_twenty_is_held_out_by_its_hash_but_none_of_extension_b(self):
        names = [chr(0x4E00 + i) for i in range(2000)]
        hashes = [int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") for name in names]
        held = characters.held_out(names, np.arange(2000))
        self.assertEqual(held.tolist(), [hash_ < 0.05 * 2**32 for hash_ in hashes])
        rare = [chr(0x20000 + i) for i in range(500)]
        self.assertFalse(characters.held_out(rare, np.arange(500)).any())

    def test_the_judge_learns_of_whatever_has_a_radical_and_a_block_or_a_definition(self):
        known = dict.fromkeys("\u3400一\U00020001\uf900\uf901", (1, False))
        defined = {"\uf900": "how", "無": "none"}
        with mock.patch.multiple(characters, radicals=lambda: known, unihan=lambda file, field: defined):
            self.assertEqual(characters.learned(), list("\u3400一\uf900\U00020001"))

    def test_means_are_rounded(self):
        ink = np.zeros((1, 128, 128), np.uint8)
        ink[0, :2, :2] = [[255, 255], [255, 1]]
        self.assertEqual(int(fonts.halve(ink)[0, 0, 0]), 192)  # 766 / 4

    def test_weights_of_another_network_are_refused(self):
        for name, part in (("heads", torch.nn.Identity()), ("more", torch.nn.Linear(1, 1))):
            model = network.Judge()
            setattr(model, name, part)
            with tempfile.TemporaryDirectory() as folder:
                network.save(model, f"{folder}/a.safetensors", {})
                with self.assertRaisesRegex(SystemExit, "not this judge's weights"):
                    network.load(f"{folder}/a.safetensors")


if __name__ == "__main__":
    unittest.main()
