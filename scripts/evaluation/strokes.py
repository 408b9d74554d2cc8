"""Are the strokes clean? What the judge does not mind: grey mush, specks, strokes in pieces."""

import numpy as np
from scipy import ndimage

SPECK = 30  # pixels; the least piece of a real glyph of 100 pixels to the em, a dot, has 36


def grey(ink):
    """[n]: the share of pixels neither paper nor ink, between a quarter and three quarters; ink uint8 [n, s, s]."""
    return ((ink > 63) & (ink < 192)).reshape(len(ink), -1).mean(1)


def pieces(ink):
    """[n, 2]: how many connected pieces of at least half ink there are, neighbours also by corners: strokes that do not
    touch, and specks."""
    return np.array([_pieces(picture >= 128) for picture in ink])


def _pieces(black):
    labels, count = ndimage.label(black, np.ones((3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    return (sizes >= SPECK).sum(), (sizes < SPECK).sum()
