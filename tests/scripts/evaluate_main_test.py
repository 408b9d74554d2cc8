"""scripts/evaluate: how large an evaluation is, of which data, and which pictures each of its sections gets."""

import argparse
import contextlib
import io
import sys
import unittest
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))
sys.path.insert(0, str(REPOSITORY / "tests"))
from support.scripts import load_script  # noqa: E402
from evaluation.plan import QUICK, Plan  # noqa: E402


class EvaluateTest(unittest.TestCase):
    def setUp(self):
        self.script = load_script("evaluate")

    def main(self, **options):
        """Runs it with nothing to draw or to measure; what its parts were called with, by their names."""
        given = {"binary": "b", "work": Path("w"), "threads": 1, "quick": False, "guidance": 3.0, "list": None,
                 "set": ["data.held_out=0.1", "sample.eta=1"], "out": Path("o")}  # fmt: skip
        args = argparse.Namespace(**given | options)
        calls = {}

        def note(name):
            def called(*arguments):
                calls[name] = arguments
                return mock.MagicMock()

            return called

        parts = {"parse_arguments": lambda: args, "painter_of": note("painter_of")}
        parts |= {name: note(name) for name in ("draw", "measure", "write")}
        names = ("ask_binary", "read_glyphs", "read_concepts", "read_unseen_words", "real_pictures")
        with mock.patch.multiple(self.script, **parts), \
                mock.patch.multiple(self.script.glyphs, **{name: note(name) for name in names}), \
                mock.patch.object(self.script.distribution, "Lots", note("Lots")), \
                mock.patch.object(self.script.network, "load", return_value=(None, {})), \
                mock.patch.object(self.script.torch, "set_num_threads"), contextlib.redirect_stdout(io.StringIO()):
            self.script.main()
        return calls

    def test_a_quick_one_is_small_and_both_have_the_guidance_asked_for(self):
        for quick, plan in ((True, QUICK), (False, Plan())):
            calls = self.main(quick=quick, guidance=4.0)
            for name, place in (("draw", 1), ("measure", 1), ("write", 2)):
                self.assertEqual(calls[name][place], replace(plan, guidance=4.0), name)
            self.assertEqual(calls["Lots"][1], plan.distribution)
        self.assertLess(QUICK.distribution, Plan.distribution)

    def test_the_data_are_those_of_the_settings(self):
        self.assertEqual(self.main()["ask_binary"], ("b", ["data.held_out=0.1"], Path("w")))

    def test_copies_are_looked_for_in_one_picture_of_every_held_out_caption(self):
        plan = Plan(held_out_seeds=3)
        drawn = self.script.Drawn("concepts", np.arange(12), "whole", "sweep")
        adherence, distribution = self.script.adherence, self.script.distribution
        sections = {"concepts": adherence, "held_out": adherence, "whole": distribution, "copies": distribution,
                    "sweep": distribution}  # fmt: skip
        calls = {}
        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch.object(distribution, "Reference", return_value="reference"))
            for name, module in sections.items():
                def called(*arguments, name=name):
                    calls[name] = arguments
                    return [name]

                stack.enter_context(mock.patch.object(module, name, called))
            made = self.script.measure("judge", plan, "data", ("words", "unseen"), "lots", "ink", drawn)
        self.assertEqual(made, list(sections))
        self.assertEqual(calls["concepts"], ("judge", plan, "data", "words", "unseen", "concepts"))
        self.assertEqual(calls["held_out"][-1].tolist(), list(range(12)))
        self.assertEqual((calls["copies"][-2], calls["copies"][-1].tolist()), ("whole", [0, 3, 6, 9]))
        self.assertEqual((calls["whole"][-1], calls["sweep"][-1]), ("whole", "sweep"))

    def test_every_picture_is_drawn_by_the_same_plan(self):
        names = {"draw_concepts": self.script.adherence, "draw_held_out": self.script.adherence,
                 "draw_whole": self.script.distribution, "draw_sweep": self.script.distribution}  # fmt: skip
        plan = Plan(guidance=5.0)
        with contextlib.ExitStack() as stack:
            called = [stack.enter_context(mock.patch.object(module, name, return_value=name))
                      for name, module in names.items()]  # fmt: skip
            drawn = self.script.draw("painter", plan, "data", ("words", "unseen"), "lots")
        self.assertEqual((drawn.concepts, drawn.held_out, drawn.whole, drawn.sweep), tuple(names))
        self.assertEqual([part.call_args.args for part in called], [
            ("painter", plan, "words", "unseen"), ("painter", plan, "data"), ("painter", plan, "lots"),
            ("painter", plan, "lots")])  # fmt: skip


if __name__ == "__main__":
    unittest.main()
