"""scripts/export_t5.py on small random T5 checkpoints."""

import contextlib
import copy
import importlib.util
import io
import json
import os
import sys
import tempfile
import unittest
import warnings
import zipfile
from pathlib import Path
from unittest import mock

import torch
from transformers import T5Config, T5EncoderModel, T5ForConditionalGeneration, T5Tokenizer

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))
import export_t5  # noqa: E402

SPIECE = REPOSITORY / "data" / "encoder" / "tokenizer" / "spiece.model"


def has_protobuf() -> bool:
    return importlib.util.find_spec("google") is not None and importlib.util.find_spec("google.protobuf") is not None


def tiny_config(feed_forward: str) -> T5Config:
    return T5Config(
        vocab_size=8128, d_model=16, d_kv=8, d_ff=24, num_layers=2, num_heads=2, feed_forward_proj=feed_forward,
        pad_token_id=0, eos_token_id=1, decoder_start_token_id=0,
    )


def run_export(*arguments) -> tuple[int, str]:
    """Exit code and stderr of the script, in this process: importing torch afresh each time takes long."""
    errors = io.StringIO()
    with mock.patch.object(sys, "argv", ["export_t5.py", *map(str, arguments)]), \
            contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
        try:
            code = export_t5.main()
        except SystemExit as stop:
            code = stop.code
    return code, errors.getvalue()


class ExportTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.checkpoint = Path(folder.name) / "checkpoint"
        self.out = Path(folder.name) / "out"
        torch.manual_seed(3)

    def save(self, model, **options):
        model.save_pretrained(self.checkpoint, **options)
        (self.checkpoint / "spiece.model").write_bytes(SPIECE.read_bytes())

    def export(self, *flags):
        code, errors = run_export(self.checkpoint, self.out, *flags)
        self.assertEqual(code, 0, errors)

    def assert_same_states(self, model):
        """Another batch shape than the traced one, with padding."""
        ids = torch.tensor([[9, 8, 7, 6, 5, 4, 3, 1], [50, 60, 1, 0, 0, 0, 0, 0], [70, 1, 0, 0, 0, 0, 0, 0]])
        mask = (ids != 0).long()
        with torch.no_grad():
            expected = model.eval()(input_ids=ids, attention_mask=mask).last_hidden_state
            found = torch.jit.load(self.out / "text_encoder" / "encoder.pt").float()(ids, mask)
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)

    def test_both_feed_forwards(self):
        for feed_forward in ("relu", "gated-gelu"):
            with self.subTest(feed_forward):
                model = T5EncoderModel(tiny_config(feed_forward))
                self.save(model)
                self.export()
                self.assert_same_states(model)
                config = T5Config.from_pretrained(self.out / "text_encoder")
                self.assertEqual(config.feed_forward_proj, feed_forward)
                self.assertEqual(config.architectures, ["T5EncoderModel"])

    def test_full_model_in_shards(self):
        full = T5ForConditionalGeneration(tiny_config("gated-gelu"))
        self.save(full, max_shard_size="100KB")
        self.assertGreater(len(list(self.checkpoint.glob("model-*.safetensors"))), 1)
        self.export()
        encoder = T5EncoderModel(full.config)
        encoder.load_state_dict({name: weight for name, weight in full.state_dict().items()
                                 if name.startswith(("encoder.", "shared."))})
        self.assert_same_states(encoder)

    def test_pickled_weights(self):
        model = T5EncoderModel(tiny_config("relu"))
        self.save(model)
        (self.checkpoint / "model.safetensors").unlink()
        torch.save(model.state_dict(), self.checkpoint / "pytorch_model.bin")
        self.export()
        self.assert_same_states(model)

    def test_float16_is_half_the_size_and_equals_rounded_weights(self):
        model = T5EncoderModel(tiny_config("relu"))
        self.save(model)
        self.export()
        whole = (self.out / "text_encoder" / "encoder.pt").stat().st_size
        self.export("--float16")
        self.assertLess((self.out / "text_encoder" / "encoder.pt").stat().st_size, 0.7 * whole)
        self.assert_same_states(model.half().float())

    @unittest.skipUnless(has_protobuf(), "transformers reads spiece.model through protobuf")
    def test_tokenizer_loads_in_transformers(self):
        self.save(T5EncoderModel(tiny_config("relu")))
        self.export("--max-length", 64)
        tokenizer = T5Tokenizer.from_pretrained(self.out / "tokenizer")
        self.assertEqual(tokenizer.model_max_length, 64)
        golden = json.loads((REPOSITORY / "tests/fixtures/text/tokenizer_default.json").read_text(encoding="utf-8"))
        for case in golden:
            if case["name"] in ("ordinary", "capitals", "Han", "two spaces"):
                self.assertEqual(tokenizer(case["text"])["input_ids"], case["ids"], case["name"])

    def test_no_limit_is_the_length_that_the_program_takes_for_it(self):
        self.save(T5EncoderModel(tiny_config("relu")))
        for given, written in ((1e30, 512), (4097, 512), (4096, 4096), (77, 77)):
            with self.subTest(given):
                (self.checkpoint / "tokenizer_config.json").write_text(json.dumps({"model_max_length": given}))
                settings = export_t5.tokenizer_config(self.checkpoint, 8000, 8128, None)
                self.assertEqual(settings["model_max_length"], written)

    def test_what_is_left_is_the_files_alone_without_this_machines_paths(self):
        self.save(T5EncoderModel(tiny_config("relu")))
        self.addCleanup(os.umask, os.umask(0o077))
        self.export()
        self.assertEqual({str(file.relative_to(self.out)) for file in self.out.rglob("*") if file.is_file()},
                         {"text_encoder/config.json", "text_encoder/encoder.pt", "tokenizer/spiece.model",
                          "tokenizer/tokenizer_config.json"})  # fmt: skip
        self.assertEqual({file.name for file in self.out.iterdir()}, {"text_encoder", "tokenizer"})
        with zipfile.ZipFile(self.out / "text_encoder/encoder.pt") as archive:
            self.assertEqual([name for name in archive.namelist() if name.endswith(".debug_pkl")], [])
        self.assertEqual((self.out / "text_encoder/encoder.pt").stat().st_mode & 0o777, 0o644)

    def test_sentinels_are_as_many_as_there_is_room_for(self):
        self.save(T5EncoderModel(tiny_config("relu")))
        for pieces, vocabulary, written in ((8000, 8128, 100), (8000, 8050, 50), (8000, 8000, 0)):
            settings = export_t5.tokenizer_config(self.checkpoint, pieces, vocabulary, None)
            self.assertEqual((settings["extra_ids"], settings["model_max_length"]), (written, 512))
        self.assertEqual(export_t5.tokenizer_config(self.checkpoint, 8000, 8128, 9)["model_max_length"], 9)

    def assert_refused(self, part):
        code, errors = run_export(self.checkpoint, self.out)
        self.assertEqual(code, 3, errors)
        self.assertIn(part, errors)
        self.assertEqual(len(errors.strip().splitlines()), 1, errors)
        self.assertEqual([*self.out.iterdir()] if self.out.exists() else [], [])

    def test_missing_folder(self):
        self.assert_refused("no such folder")

    def test_no_tokenizer(self):
        self.save(T5EncoderModel(tiny_config("relu")))
        (self.checkpoint / "spiece.model").unlink()
        self.assert_refused("spiece.model")

    def test_foreign_model(self):
        self.save(T5EncoderModel(tiny_config("relu")))
        (self.checkpoint / "config.json").write_text('{"model_type": "bert"}')
        self.assert_refused("'bert'")

    def test_truncated_weights(self):
        self.save(T5EncoderModel(tiny_config("relu")))
        weights = self.checkpoint / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-100])
        self.assert_refused("cannot be read")

    def test_incomplete_weights(self):
        model = T5EncoderModel(tiny_config("relu"))
        self.save(model)
        (self.checkpoint / "model.safetensors").unlink()
        state = model.state_dict()
        del state["encoder.block.1.layer.0.SelfAttention.q.weight"]
        torch.save(state, self.checkpoint / "pytorch_model.bin")
        self.assert_refused("SelfAttention.q.weight")

    def test_a_tokenizer_of_another_model(self):
        for config, part in (({"eos_token_id": 2}, "has eos 1"), ({"vocab_size": 500}, "and 500 at most")):
            settings = tiny_config("relu")
            for name, value in config.items():
                setattr(settings, name, value)
            self.save(T5EncoderModel(settings))
            self.assert_refused(part)

    def test_what_differs_from_transformers_is_not_written(self):
        model = T5EncoderModel(tiny_config("relu"))
        self.save(model)
        for change in (1e-4, float("nan")):
            def wrong(loaded, change=change, trace=export_t5.trace):
                other = copy.deepcopy(loaded)
                other.encoder.final_layer_norm.weight.data += change
                return trace(other)

            with mock.patch.object(export_t5, "trace", wrong), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of TorchScript
                self.assert_refused("differs from transformers by")

    def test_usage(self):
        self.assertEqual(run_export()[0], 2)
        for length in (0, 4097):
            self.assertEqual(run_export(self.checkpoint, self.out, "--max-length", length)[0], 2)


if __name__ == "__main__":
    unittest.main()
