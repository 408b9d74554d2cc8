"""scripts/distill: what the student reads and what is kept from it, its losses, and how it is measured."""

import bz2
import contextlib
import io
import random
import sys
import tempfile
import unittest
import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import numpy as np
import torch
from torch.nn.functional import cosine_similarity, normalize

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))
from distill import gates, neighbours, student, teacher, texts  # noqa: E402
from distill_t5 import weighted_texts  # noqa: E402
from evaluation.statistics import interval  # noqa: E402

LICENCE = "  1 This software and database is being provided to you\n"
NOUNS = ('00001740 03 n 03 ocean_liner 0 Pacific 0 route_66 0 001 ~ 00001930 n 0000 | a large ship; "it sailed"\n'
         "00001930 03 n 0a puma 0 " + "".join(f"cat_{i} 0 " for i in "abcdefgh") + "cougar(a) 0 000 | a big cat\n")


def setUpModule():
    torch.set_num_threads(1)


class TextsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for part in ("noun", "verb", "adj", "adv"):
            (self.root / f"data.{part}").write_text(LICENCE + (NOUNS if part == "noun" else ""))

    def write_unihan(self, definitions):
        radicals = {character: ("kRSUnicode", f"{1 + i % 3}.0") for i, character in enumerate(definitions)}
        meanings = {character: ("kDefinition", text) for character, text in definitions.items()}
        for name, values in (("Unihan_Readings", meanings), ("Unihan_IRGSources", radicals)):
            lines = (f"U+{ord(character):04X}\t{field}\t{value}\n" for character, (field, value) in values.items())
            (self.root / f"{name}.txt.bz2").write_bytes(bz2.compress("".join(lines).encode()))

    def test_one_definition_in_twenty_is_held_out_by_its_checksum(self):
        names = [f"meaning {i}" for i in range(400)]
        held = [zlib.crc32(name.encode()) % 20 == 0 for name in names]
        self.assertEqual([texts.is_held_out(name) for name in names], held)
        self.assertTrue(10 < sum(held) < 40)

    def test_pieces_of_a_definition(self):
        self.assertEqual(texts.pieces("a (small) boat; to  row, x; ox"), ["a boat", "to row", "ox"])

    def test_words_and_glosses_of_wordnet(self):
        lemmas, glosses = texts.read_wordnet(self.root)
        self.assertEqual(lemmas, [*(f"cat {i}" for i in "abcdefgh"), "cougar", "ocean liner", "puma"])
        self.assertEqual(glosses, [("ocean liner", "a large ship"), ("puma", "a big cat")])

    def test_what_is_held_out_is_in_no_training_text(self):
        self.write_unihan({chr(0x4E00 + i): f"Meaning {i}; part {i % 150}, (rare) sense {i}" for i in range(400)})
        noun = "{:08} 03 n 01 word{} 0 000 | gloss {}\n"
        (self.root / "data.noun").write_text("".join(noun.format(i, i, i // 2) for i in range(3200)))
        corpus = texts.build_corpus(self.root, self.root, 1000, 2000, 500, 0)
        training = {text.lower() for kind in corpus.training.values() for text in kind}
        kept = {part.lower() for caption in corpus.held_out_captions for part in [caption, *texts.pieces(caption)]}
        self.assertTrue(all(map(texts.is_held_out, corpus.held_out_captions)))
        self.assertTrue(8 <= len(corpus.held_out_captions) <= 40, len(corpus.held_out_captions))
        self.assertEqual(len(corpus.training["definitions"]) + len(corpus.held_out_captions), 400)
        self.assertFalse(training & kept)
        unseen = {gloss.lower() for gloss in corpus.unseen_glosses}
        self.assertGreater(len(unseen), 500)
        self.assertFalse(unseen & {text.lower().split(": ")[-1] for text in corpus.training["glosses"]})
        self.assertGreater(len(corpus.training["glosses"]), 100)
        again = texts.build_corpus(self.root, self.root, 1000, 2000, 500, 0)
        self.assertEqual(again, corpus)
        self.assertEqual(set(corpus.every_text()), {*(t for kind in corpus.training.values() for t in kind),
                                                    *corpus.held_out_captions, *corpus.unseen_glosses})  # fmt: skip

    def test_a_text_of_two_kinds_comes_as_often_as_the_rarer_of_them(self):
        corpus = texts.Corpus({"lemmas": ["a", "b"], "definitions": ["a"], "pieces": ["a", "c"]}, [], [])
        self.assertEqual(weighted_texts(corpus), {"a": 4, "b": 1, "c": 2})

    def test_radicals_are_asked_of_glyphs_that_were_held_out(self):
        self.write_unihan({chr(0x4E00 + i): f"meaning  {i // 2}" for i in range(200)})
        (self.root / "CJKRadicals.txt").write_text("1; 2F00; 4E00\n")
        (self.root / "words.tsv").write_text("volcano\t一\n", encoding="utf-8")
        task = gates.RadicalTask(self.root, self.root / "words.tsv")
        held = [texts.is_held_out(task.texts[row]) for row in task.test_rows]
        self.assertTrue(held and all(held))
        self.assertFalse(any(texts.is_held_out(task.texts[row]) for row in task.train_rows))
        self.assertEqual(len(task.test_rows) + len(task.train_rows), 200)
        self.assertTrue(all(" " not in text.removeprefix("meaning ") for text in task.texts))
        truth = {f"meaning {i // 2}": set() for i in range(200)}
        for i in range(200):
            truth[f"meaning {i // 2}"].add(1 + i % 3)
        for row, radical in zip(task.test_rows, task.test_radicals):
            self.assertIn(int(radical), truth[task.texts[row]])
        commonest = task.train_radicals.mode().values
        self.assertEqual(task.majority_hits().tolist(), [float(radical == commonest) for radical in task.test_radicals])
        self.assertEqual([word.prompt for word in task.words], ["volcano"])


class BatchesTest(unittest.TestCase):
    def test_batches_by_length_stay_small_and_have_everything_once(self):
        lengths = [5, 1, 9, 3, 9, 2, 12]
        batches = teacher.batches_by_length(lengths, tokens=10)
        self.assertEqual(sorted(index for batch in batches for index in batch), list(range(7)))
        for batch in batches:
            self.assertTrue(len(batch) == 1 or len(batch) * max(lengths[index] for index in batch) <= 10, batch)
        self.assertEqual(batches[0], [1, 5, 3])
        self.assertEqual(teacher.batches_by_length([], 10), [])

    def test_only_what_is_attended_counts_for_the_mean(self):
        ids, mask = student.pad([[7, 8, 1], [9, 1]])
        self.assertEqual((ids.tolist(), mask.tolist()), ([[7, 8, 1], [9, 1, 0]], [[1, 1, 1], [1, 1, 0]]))
        np.testing.assert_allclose(student.mean_pool(ids[..., None] + 1.0, mask)[:, 0], [19 / 3, 6], rtol=1e-6)

    def test_rows_are_cut_before_their_end_is_added(self):
        tokenizer = SimpleNamespace(encode=lambda texts_: [[5] * len(text) for text in texts_], eos_id=lambda: 1)
        rows = student.tokenize(tokenizer, ["a" * 100, "bb"])
        self.assertEqual((rows[0], rows[1]), ([5] * 63 + [1], [5, 5, 1]))

    def test_states_come_back_in_the_order_of_the_texts(self):
        rows = [[3] * length for length in (9, 1, 5, 2)]
        pooled = neighbours.pooled_states(lambda ids, mask: (ids * mask.sum(1, keepdim=True)).float()[..., None], rows)
        self.assertEqual(pooled[:, 0].tolist(), [27, 3, 15, 6])

    def test_a_pass_has_every_text_as_often_as_it_weighs_and_a_batch_none_twice(self):
        batches = list(islice(student.shuffled_batches([4, 1, 1, 2, 2, 2], 4, random.Random(0)), 300))
        self.assertTrue(all(len(set(batch)) == len(batch) <= 4 for batch in batches))
        for batch in islice(student.shuffled_batches([1] * 12, 4, random.Random(1)), 3):
            self.assertEqual(len(batch), 4)
        passes = list(islice(student.shuffled_batches([1, 2, 1], 1, random.Random(2)), 8))
        self.assertEqual(sorted(index for batch in passes[:4] for index in batch), [0, 1, 1, 2])


class LossTest(unittest.TestCase):
    def test_distillation_is_its_formula(self):
        predicted, target = torch.tensor([[2.0, 0], [0, 3]]), torch.tensor([[1.0, 0], [0.6, 0.8]])
        contrast = (torch.tensor([20.0, 12]).logsumexp(0) - 20 + torch.tensor([0.0, 16]).logsumexp(0) - 16) / 2
        torch.testing.assert_close(student.distillation_loss(predicted, target), 1 - (1 + 0.8) / 2 + 0.1 * contrast)

    def test_neighbours_are_alike_only_where_the_teachers_are(self):
        torch.manual_seed(0)
        targets = normalize(torch.randn(8, 4), dim=1)
        self.assertAlmostEqual(neighbours.neighbour_loss(3 * targets, targets).item(), 0, places=5)
        states = torch.randn(8, 4)
        found, wanted = (20 * x @ x.T for x in (normalize(states, dim=1), targets))
        expected = 0
        for i in range(8):
            rest = [j for j in range(8) if j != i]
            p, q = wanted[i, rest].softmax(0), found[i, rest].softmax(0)
            expected += (p * (p / q).log()).sum() / 8
        torch.testing.assert_close(neighbours.neighbour_loss(states, targets), expected, rtol=1e-4, atol=1e-5)

    def test_the_scale_finds_what_the_teacher_does_not_look_at(self):
        torch.manual_seed(1)
        pooled = torch.randn(400, 4)
        with contextlib.redirect_stdout(io.StringIO()):
            scale = neighbours.fit_scale(pooled, normalize(pooled * torch.tensor([1.0, 1, 1, 0.1]), dim=1), seed=0)
        self.assertAlmostEqual(scale.log().mean().item(), 0, places=5)
        np.testing.assert_allclose((scale[3] / scale[:3]).numpy(), 0.1, rtol=0.3)

    def test_matching_neighbours_leaves_what_the_head_says(self):
        """A network whose last norm's weight scales what it gives."""
        norm = SimpleNamespace(weight=torch.ones(3))
        embedding = torch.randn(9, 3, generator=torch.Generator().manual_seed(2)) * torch.tensor([1.0, 1, 9])

        def model(input_ids, attention_mask):
            return SimpleNamespace(last_hidden_state=embedding[input_ids] * norm.weight)

        model.encoder = SimpleNamespace(final_layer_norm=norm)
        head = torch.nn.Linear(3, 5)
        tokenizer = SimpleNamespace(encode=lambda texts_: [[int(text)] for text in texts_], eos_id=lambda: 1)
        names = [str(i) for i in range(9)]
        before = head(embedding * norm.weight)
        targets = normalize(torch.randn(9, 5, generator=torch.Generator().manual_seed(3)), dim=1)
        with contextlib.redirect_stdout(io.StringIO()):
            neighbours.match_neighbours(model, head, tokenizer, names, targets, seed=0)
        self.assertFalse(torch.allclose(norm.weight, torch.ones(3), atol=0.05))
        torch.testing.assert_close(head(embedding * norm.weight), before, rtol=1e-4, atol=1e-4)

    def test_muons_steps_are_nearly_orthogonal(self):
        x = torch.randn(2, 6, 4, generator=torch.Generator().manual_seed(4))
        for matrices in (x, x.mT, 1e-3 * x):
            values = torch.linalg.svdvals(student.Muon.orthogonal(matrices))
            self.assertTrue(0.6 < values.min() and values.max() < 1.3, values)
            self.assertEqual(student.Muon.orthogonal(matrices).shape, matrices.shape)

    def test_the_gradients_are_the_mean_of_the_workers(self):
        """Of the batch's two halves, whose lengths are mixed."""
        torch.manual_seed(5)
        model, head = student.new_student(30), torch.nn.Linear(256, 6)
        rows = [[3, 4, 1], [5, 1, 0][:2], [7, 8, 9, 1], [6, 1]]
        targets = normalize(torch.randn(4, 6), dim=1)
        with ThreadPoolExecutor(student.WORKERS) as workers:
            loss = student.set_gradients(model, head, rows, targets, False, workers)
        found = head.bias.grad.clone()
        halves = [student.distillation_loss(head(student.pooled_batch(model, rows[i::2])), targets[i::2])
                  for i in (0, 1)]  # fmt: skip
        self.assertAlmostEqual(loss, sum(halves).item() / 2, places=5)
        expected = torch.autograd.grad(sum(halves) / 2, head.bias)[0]
        self.assertGreater(cosine_similarity(found, expected, dim=0).item(), 0.9999)
        norm = torch.stack([weight.grad.norm() for weight in [*model.parameters(), *head.parameters()]]).norm()
        self.assertLess(norm, 1.001)  # clipped


class GatesTest(unittest.TestCase):
    def test_the_nearest_glyphs_vote_by_their_cosines(self):
        keys = torch.nn.functional.pad(torch.eye(2), (0, 1)).repeat_interleave(20, 0) * torch.arange(1, 41)[:, None]
        radicals = torch.cat([torch.full((20,), 5), torch.full((20,), 214)])
        votes = gates.radical_scores(torch.tensor([[0.0, 2, 0], [3.0, 0.3, 0]]), keys, radicals)
        self.assertEqual(votes.shape, (2, 215))
        self.assertEqual(votes.argmax(1).tolist(), [214, 5])
        torch.testing.assert_close(votes[0, 214], torch.tensor(20.0))  # all that are as near, and 12 that say nothing
        torch.testing.assert_close(votes[1, 5] / votes[1, 214], torch.tensor(20 / (12 * 0.1)), rtol=1e-4, atol=0)

    def test_a_word_has_three_answers(self):
        task = gates.RadicalTask.__new__(gates.RadicalTask)
        task.train_rows, task.train_radicals = torch.arange(40), torch.arange(40) % 4 + 1
        task.words = [SimpleNamespace(radicals={3}), SimpleNamespace(radicals={4})]
        vectors = torch.stack([torch.eye(5)[i % 4] for i in range(40)])
        words = torch.tensor([[0.9, 0.8, 0.7, 0.1, 0]] * 2)
        self.assertEqual(task.word_hits(words, vectors).tolist(), [1, 0])
        task.test_rows, task.test_radicals = torch.tensor([2, 3]), torch.tensor([3, 1])
        self.assertEqual(task.held_out_hits(vectors).tolist(), [1, 0])

    def test_every_gate_is_of_its_own_texts(self):
        seen = {"kept": [1.0, 1.0], "gloss": [1.0, 0.0], "definition": [0.0, 1.0]}
        encoder = SimpleNamespace(pooled=lambda texts_: torch.full((len(texts_), 2), 2.0),
                                  teacher_like=lambda texts_: torch.tensor([seen[text] for text in texts_]))
        wise = SimpleNamespace(vectors=lambda texts_: torch.tensor([[1.0, 0.0]] * len(texts_)))
        task = SimpleNamespace(
            words=[SimpleNamespace(prompt="volcano")], texts=["a"], test_rows=torch.tensor([0, 0, 1]),
            held_out_hits=lambda vectors: vectors.mean().repeat(3), majority_hits=lambda: torch.tensor([0.25] * 3),
            word_hits=lambda words, vectors: (10 * words.mean() + vectors.mean()).repeat(2))  # fmt: skip
        corpus = texts.Corpus({"definitions": ["definition"]}, ["kept"] * 4, ["gloss"] * 4)
        with mock.patch.object(gates, "Encoder", return_value=encoder):
            made = gates.measure(Path("encoder"), corpus, task, wise)
        np.testing.assert_allclose([gate.value for gate in made], [0.5**0.5, 1, 2, 0.5, 0.25, 22, 5.5], rtol=1e-6)

    def test_a_gate_is_reached_from_its_threshold_on(self):
        made = gates.gate("a", torch.tensor([0.5, 0.5, 1, 0]), 0.5, torch.tensor([0, 0, 1, 2]))
        self.assertEqual((made.value, made.low, made.high), interval(np.array([0.5, 0.5, 1, 0]), [0, 0, 1, 2]))
        self.assertTrue(made.row().endswith("| 0.50 | reached |"))
        self.assertEqual(gates.Gate("b", 0.4996, 0.4, 0.6, 0.5).row(), "| b | 0.500 | 0.400 to 0.600 | 0.50 | missed |")
        self.assertEqual(gates.Gate("c", 0.1, 0, 0.2, None).row(), "| c | 0.100 | 0.000 to 0.200 | | |")


if __name__ == "__main__":
    unittest.main()
