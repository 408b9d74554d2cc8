"""scripts/evaluation/copies and strokes: where their limits are, and what a copy may differ in."""

import sys
import unittest
from pathlib import Path

import numpy as np
import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts"))
from evaluation import strokes  # noqa: E402
from evaluation.copies import Nearest, nearest_glyphs, shrink  # noqa: E402


def setUpModule():
    torch.set_num_threads(1)


def blobs(count, seed):
    cells = np.random.default_rng(seed).random((count, 8, 8)) > 0.5
    return (np.kron(cells, np.ones((8, 8))) * 255).astype(np.uint8)


class CopiesTest(unittest.TestCase):
    def test_a_copy_is_so_alike_and_so_much_more_than_any_other(self):
        correlation = np.array([0.951, 0.949, 0.96, 0.96, 0.5])
        ratio = np.array([0.1, 0.1, 0.332, 0.335, 0.1])
        nearest = Nearest(np.zeros(5), correlation, ratio)
        self.assertEqual(nearest.alike().tolist(), [True, False, True, True, False])
        self.assertEqual(nearest.copied().tolist(), [True, False, True, False, False])

    def test_a_rough_copy_of_what_the_data_have_twice_is_one(self):
        training = blobs(100, 0)
        training[80] = training[20]
        rough = np.clip(training[[80, 90]] * 0.9 + np.random.default_rng(1).normal(12, 12, (2, 64, 64)), 0, 255)
        nearest = nearest_glyphs(rough.astype(np.uint8), training)
        self.assertEqual(nearest.copied().tolist(), [True, True])
        self.assertEqual(nearest.place.tolist(), [20, 90])

    def test_the_correlation_knows_no_brightness_nor_contrast(self):
        training = blobs(20, 2)
        nearest = nearest_glyphs((training[3:4] // 2 + 60).astype(np.uint8), training)
        self.assertEqual(nearest.place.tolist(), [3])
        self.assertAlmostEqual(float(nearest.correlation[0]), 1, places=4)

    def test_pictures_of_any_size_are_means_of_squares(self):
        ink = np.zeros((1, 64, 64), np.uint8)
        ink[0, 2:4, 10:12] = [[255, 0], [51, 0]]
        small = shrink(ink).reshape(32, 32)
        self.assertAlmostEqual(float(small[1, 5]), 0.3, places=6)
        self.assertAlmostEqual(float(small.sum()), 0.3, places=6)

    def test_the_ratio_is_that_of_the_distances(self):
        training = np.zeros((3, 32, 32), np.uint8)
        training[1, 0, :8], training[2] = 255, 255
        picture = training[:1].copy()
        picture[0, 0, :2] = 255  # two pixels from the first glyph, six from the second
        self.assertAlmostEqual(float(nearest_glyphs(picture, training).ratio[0]), (2 / 6) ** 0.5, places=5)


class StrokesTest(unittest.TestCase):
    def test_a_piece_has_30_pixels_and_grey_is_the_middle_half(self):
        ink = np.zeros((1, 128, 128), np.uint8)
        ink[0, 10:15, 10:16] = 128  # 30 pixels
        ink[0, 30:35, 10:16] = 255
        ink[0, 30, 10] = 127  # and 29
        self.assertEqual(strokes.pieces(ink).tolist(), [[1, 1]])
        for value, grey in ((63, 0), (64, 1), (191, 1), (192, 0)):
            self.assertEqual(strokes.grey(np.full((1, 128, 128), value, np.uint8)).tolist(), [grey])


if __name__ == "__main__":
    unittest.main()
