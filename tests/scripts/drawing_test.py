"""scripts/evaluation/drawing: an evaluation's pictures are drawn once, by the binary, and apart from those of others."""

import argparse
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))
from evaluation import drawing  # noqa: E402
from evaluation.drawing import (  # noqa: E402
    Listing, Painter, add_arguments, data_settings, guidance_scale, model_name, new_json_lines, own_scheduler,
    painter_of, picture_file, read_parameters, sample_settings, setting, usual_precision,
)  # fmt: skip
from judge import fonts  # noqa: E402

BINARY = Path(os.environ.get("GLYFFUSER", REPOSITORY / "build/glyffuser"))
MODEL = REPOSITORY / "data/models/glyffuser"


class RequestsTest(unittest.TestCase):
    def test_only_what_is_missing_is_asked_for_and_every_picture_once(self):
        with tempfile.TemporaryDirectory() as folder:
            painter = Painter(BINARY, Path("model"), "ddim", Path(folder), 1, "fp32")
            there = Path(folder) / picture_file("gold", 0, 5, 7.5)
            there.parent.mkdir(parents=True)
            there.touch()
            listing = Listing(painter)
            for _ in range(2):
                self.assertIsNone(listing.draw([("gold", 0), ("gold", 1), ("to speak", 0)], 5, 7.5))
        self.assertEqual([(r["prompt"], r["seed"], r["steps"], r["guidance_scale"]) for r in listing.records.values()],
                         [("gold", 1, 5, 7.5), ("to speak", 0, 5, 7.5)])  # fmt: skip

    def test_pictures_of_different_settings_lie_apart(self):
        asked = [("a", 0, 1, 1), ("b", 0, 1, 1), ("a", 1, 1, 1), ("a", 0, 2, 1), ("a", 0, 1, 1.5), ("a", 0, 1, 2)]
        self.assertEqual(len({picture_file(*request) for request in asked}), len(asked))

    def test_a_list_needs_a_name_that_the_binary_reads_as_json_lines(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(new_json_lines(f"{folder}/a.jsonl"), Path(folder) / "a.jsonl")
            for name in (f"{folder}/a.txt", f"{folder}/none/a.jsonl", folder):
                with self.assertRaisesRegex(argparse.ArgumentTypeError, r"expected the name of a \.jsonl file"):
                    new_json_lines(name)

    def test_guidance_is_another_manner_than_none(self):
        self.assertEqual(guidance_scale("7.5"), 7.5)
        self.assertEqual([guidance_scale(text) for text in ("0", "0.5", "-1")], [0, 0.5, -1])
        for none in ("1", "1.0"):
            with self.assertRaisesRegex(argparse.ArgumentTypeError, "1 is without guidance"):
                guidance_scale(none)

    def test_settings_are_of_the_data_or_of_how_pictures_are_drawn(self):
        for text in ("data.held_out=0.1", "data.folder=a b/c=d", "sample.eta=1", "sample.solver_type=heun"):
            self.assertEqual(setting(text), text)
        for text in ("sample.out=x", "sample.eta", "sample.eta=", "sample.eta=../x", "train.steps=1", "eta=1", "data.folder"):
            with self.assertRaisesRegex(argparse.ArgumentTypeError, r"expected data\.KEY=VALUE, or sample\.KEY=VALUE of"):
                setting(text)
        given = ["sample.timestep_spacing=leading", "sample.eta=0", "data.max_glyphs=9", "sample.eta=1"]
        given = argparse.Namespace(set=given)
        self.assertEqual(sample_settings(given), ("eta=1", "timestep_spacing=leading"))
        self.assertEqual(data_settings(given), ["data.max_glyphs=9"])


class PrecisionTest(unittest.TestCase):
    """Pictures that were drawn elsewhere, some in bf16 and some in fp32."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for name in ("program", "model/model_index.json", "model/unet/diffusion_pytorch_model.safetensors"):
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).touch(mode=0o755)

    def painter(self, precision, *settings):
        command = argparse.ArgumentParser()
        add_arguments(command)
        arguments = [self.root / "model", "--binary", self.root / "program", "--work", self.root, "--scheduler", "ddim"]
        return painter_of(command.parse_args([*map(str, arguments), "--precision", precision, *settings]))

    def keep(self, folder, precision, seed, grey, **others):
        """A picture of "gold" as the binary leaves it in the folder of one precision, of another, maybe."""
        file = self.painter(folder).work / picture_file("gold", seed, 5, 3)
        file.parent.mkdir(parents=True, exist_ok=True)
        said = {"prompt": "gold", "steps": 5, "scheduler": "ddim", "eta": 0.0, "guidance_scale": 3.0, "precision": precision,
                "seed": seed, **others}  # fmt: skip
        texts = PngInfo()
        texts.add_text("parameters", "gold")
        texts.add_text("glyffuser", json.dumps(said, separators=(",", ":")))
        Image.new("L", (128, 128), 255 - grey).save(file, pnginfo=texts)
        return file

    def test_any_takes_both_and_says_how_many(self):
        for folder, precision, seed, grey in (("bf16", "bf16", 0, 10), ("fp32", "fp32", 0, 20), ("bf16", "fp32", 1, 30),
                                              ("fp32", "bf16", 2, 40), ("bf16", "bf16", 3, 50)):  # fmt: skip
            self.keep(folder, precision, seed, grey)
        painter = self.painter("any")
        self.assertEqual(painter.draw([("gold", seed) for seed in range(4)], 5, 3)[:, 0, 0].tolist(), [10, 30, 40, 50])
        painter.draw([("gold", 1)], 5, 3)  # a second time
        self.assertEqual(painter.pictures(), {"bf16": 3, "fp32": 1})
        self.assertEqual(painter.precision_note(), "3 pictures in bf16 and 1 pictures in fp32")
        self.assertEqual([record["seed"] for record in painter.missing([("gold", seed) for seed in range(6)], 5, 3)], [4, 5])

    def test_a_picture_of_another_request_is_refused(self):
        for i, other in enumerate(({"prompt": "water"}, {"steps": 6}, {"guidance_scale": 4.0}, {"eta": 1.0})):
            self.keep("fp32", "fp32", i, 10, **other)
        place = self.painter("fp32").work / picture_file("gold", 4, 5, 3)
        self.keep("fp32", "fp32", 9, 10).rename(place)  # of another seed
        for i in range(5):
            with self.assertRaisesRegex(SystemExit, "holds another picture"):
                self.painter("fp32").draw([("gold", i)], 5, 3)

    def test_a_copy_is_one_of_this_model_and_precision(self):
        self.keep("fp32", "fp32", 0, 10, model="another", model_hash="1234")
        with mock.patch.object(drawing, "describe_model", return_value={"name": "mödel", "hash": "abcd"}):
            self.painter("any").copy(self.root / "copy.png", "gold", 0, 5, 3)
        said = read_parameters(self.root / "copy.png")
        self.assertEqual([said[key] for key in ("model", "model_hash", "precision", "prompt", "seed")],
                         ["mödel", "abcd", usual_precision(), "gold", 0])  # fmt: skip

    def test_a_model_is_known_by_all_that_its_pictures_depend_on(self):
        model = self.root / "model"
        names = [model_name(model)]
        for part in ("scheduler/scheduler_config.json", "text_encoder/encoder.pt", "tokenizer/spiece.model",
                     "tokenizer/tokenizer_config.json", "unet/diffusion_pytorch_model.safetensors"):  # fmt: skip
            (model / part).parent.mkdir(exist_ok=True)
            (model / part).write_bytes(b"x" * 10000 + part.encode())
            names.append(model_name(model))
        self.assertEqual(len(set(names)), len(names))
        (model / part).write_bytes(b"x" * 10000 + b"of another training")
        names.append(model_name(model))
        self.assertNotEqual(names[-1], names[-2])
        self.assertEqual(self.painter("fp32").work, self.root / f"{names[-1]}-ddim-fp32")
        (self.root / "moved").mkdir()
        self.assertEqual(model_name(model.rename(self.root / "moved/model")), names[-1])

    def test_a_binary_that_fails_ends_the_evaluation(self):
        (self.root / "program").write_text("#!/bin/sh\nexit 7\n")
        with self.assertRaisesRegex(SystemExit, "sample ended with exit code 7; the pictures so far are in"):
            self.painter("fp32").draw([("gold", 0)], 5, 3)

    def test_a_gpu_draws_in_bf16(self):
        with mock.patch.object(drawing.torch.cuda, "is_available", return_value=True):
            self.assertEqual(usual_precision(), "bf16")
            self.keep("fp32", "fp32", 0, 10)  # is found though it lies in the other folder
            self.assertEqual(self.painter("any").missing([("gold", 0)], 5, 3), [])

    def test_any_draws_in_the_usual_precision(self):
        usual = self.painter(usual_precision())
        self.assertEqual((self.painter("any").work, self.painter("any").precision), (usual.work, usual.precision))
        self.assertEqual(self.painter("any").options(), usual.options())

    def test_any_is_of_no_other_kind_nor_settings(self):
        self.keep("fp32", "fp32", 0, 10, scheduler="ddpm")
        self.keep("fp32", "fp8", 1, 10)
        for seed in (0, 1):
            with self.assertRaisesRegex(SystemExit, "holds another picture"):
                self.painter("any").draw([("gold", seed)], 5, 3)
        self.assertEqual(len(self.painter("any", "--set", "sample.eta=1").missing([("gold", 0)], 5, 3)), 1)

    def test_without_it_one_precision_counts(self):
        self.keep("bf16", "fp32", 0, 10)
        self.keep("fp32", "fp32", 1, 10)
        painter = self.painter("bf16")
        self.assertEqual(len(painter.missing([("gold", 1)], 5, 3)), 1)
        self.assertEqual(painter.precision_note(), "bf16")
        with self.assertRaisesRegex(SystemExit, "holds another picture"):
            painter.draw([("gold", 0)], 5, 3)


@unittest.skipUnless(BINARY.is_file(), "glyffuser is not built here")
class BinaryTest(unittest.TestCase):
    def painter(self, folder, scheduler=None, precision="fp32", settings=()):
        command = argparse.ArgumentParser()
        add_arguments(command)
        chosen = ["--scheduler", scheduler] if scheduler else []
        chosen += [part for text in settings for part in ("--set", text)]
        return painter_of(command.parse_args([str(MODEL), "--binary", str(BINARY), "--work", folder, "--threads", "1",
                                              "--precision", precision, *chosen]))  # fmt: skip

    def test_pictures_are_drawn_once(self):
        with tempfile.TemporaryDirectory() as folder:
            painter = self.painter(folder)
            ink = painter.draw([("gold", 0), ("water", 1)], 1, 1)
            self.assertEqual(ink.shape, (2, 128, 128))
            self.assertFalse(np.array_equal(ink[0], ink[1]))
            kept = painter.work / picture_file("gold", 0, 1, 1)
            before = kept.stat().st_mtime_ns
            again = painter.draw([("water", 1), ("gold", 0), ("gold", 2)], 1, 1)
            np.testing.assert_array_equal(again[:2], ink[::-1])
            self.assertEqual(kept.stat().st_mtime_ns, before)

    def test_another_scheduler_draws_other_pictures_elsewhere(self):
        with tempfile.TemporaryDirectory() as folder:
            inks = [self.painter(folder, name).draw([("gold", 0)], 2, 1) for name in (None, "ddim", "ddpm")]
            self.assertEqual(len(list(Path(folder).iterdir())), len({own_scheduler(BINARY, MODEL), "ddim", "ddpm"}))
            self.assertFalse(np.array_equal(inks[1], inks[2]))

    def test_another_precision_draws_other_pictures_elsewhere(self):
        with tempfile.TemporaryDirectory() as folder:
            painters = [self.painter(folder, precision=precision) for precision in ("fp32", "bf16")]
            for painter in painters:
                self.assertEqual(len(painter.missing([("gold", 0)], 1, 1)), 1)
                painter.draw([("gold", 0)], 1, 1)
            exact, rough = (painter.work / picture_file("gold", 0, 1, 1) for painter in painters)
            self.assertNotEqual(exact.read_bytes(), rough.read_bytes())
            exact.write_bytes(rough.read_bytes())  # as if drawn elsewhere and put in the wrong folder
            with self.assertRaisesRegex(SystemExit, "holds another picture"):
                painters[0].draw([("gold", 0)], 1, 1)

    def test_a_grid_of_pictures_of_either_precision(self):
        with tempfile.TemporaryDirectory() as folder:
            for seed, precision in enumerate(("fp32", "bf16")):
                self.painter(folder, precision=precision).draw([("gold", seed)], 1, 3)
            painter, out = self.painter(folder, precision="any"), Path(folder) / "out"
            out.mkdir()
            for seed in range(2):
                painter.copy(out / f"seed-{seed}.png", "gold", seed, 1, 3)
            before = [file.read_bytes() for file in sorted(out.iterdir())]
            command = [BINARY, "sample", *painter.options(), "-p", "gold", "-n", 2, "-s", 1, "-g", 3, "-o", out, "--quiet",
                       "--threads", 1, "--grid", Path(folder) / "grid.png"]  # fmt: skip
            subprocess.run([*map(str, command)], check=True, stdout=subprocess.DEVNULL)
            self.assertEqual([file.read_bytes() for file in sorted(out.glob("*.png"))], before)
            self.assertTrue((Path(folder) / "grid.png").is_file())
            np.testing.assert_array_equal(painter.draw([("gold", 0)], 1, 3)[0], fonts.read_picture(out / "seed-0.png"))

    def test_another_setting_draws_other_pictures_elsewhere(self):
        with tempfile.TemporaryDirectory() as folder:
            plain = self.painter(folder, "ddim")
            noisy = self.painter(folder, "ddim", settings=["sample.eta=1", "data.max_glyphs=9"])
            self.assertEqual((plain.manner(), noisy.manner()), ("ddim", "ddim, eta=1"))
            inks = [painter.draw([("gold", 0)], 3, 1) for painter in (plain, noisy)]
            self.assertFalse(np.array_equal(*inks))
            self.assertEqual(noisy.work, plain.work.with_name(f"{plain.work.name}-eta=1"))
            drawn = [painter.work / picture_file("gold", 0, 3, 1) for painter in (plain, noisy)]
            self.assertEqual(read_parameters(drawn[1])["eta"], 1)
            for painter, file, other in ((plain, *drawn), (self.painter(folder, "ddpm"), *drawn)):
                with self.subTest(painter.manner()):
                    wrong = painter.work / file.relative_to(plain.work)
                    wrong.parent.mkdir(parents=True, exist_ok=True)
                    wrong.write_bytes(other.read_bytes())  # as if put in the wrong folder
                    with self.assertRaisesRegex(SystemExit, "holds another picture"):
                        painter.draw([("gold", 0)], 3, 1)
            listing = Listing(noisy)
            listing.draw([("gold", 1)], 3, 1)
            with contextlib.redirect_stdout(io.StringIO()) as said:
                listing.write(Path(folder) / "list.jsonl")
            self.assertIn("--set sample.eta=1", said.getvalue())
            self.assertIn(str(noisy.work), said.getvalue())

    def test_a_list_can_be_drawn_on_another_machine(self):
        with tempfile.TemporaryDirectory() as folder:
            listing = Listing(self.painter(folder))
            listing.draw([("gold", 0), ("gold", 1)], 1, 1)
            listing.draw([("gold", 0)], 1, 2)
            file = Path(folder) / "list.jsonl"
            with contextlib.redirect_stdout(io.StringIO()) as said:
                listing.write(file)
            command = next(line for line in said.getvalue().splitlines() if "sample" in line).split()[1:]
            command[command.index("PICTURES")] = str(listing.painter.work)
            subprocess.run([BINARY, *command, "--quiet", "--threads", "1"], check=True, stdout=subprocess.DEVNULL)
            again = Listing(listing.painter)
            again.draw([("gold", 0), ("gold", 1)], 1, 1)
            self.assertEqual(again.records, {})
            self.assertEqual(listing.painter.draw([("gold", 0)], 1, 2).shape, (1, 128, 128))


if __name__ == "__main__":
    unittest.main()
