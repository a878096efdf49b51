"""The digits, split once for the Keras and the PyTorch network alike."""

import numpy as np
from sklearn.datasets import load_digits

SEED = 8
TEST_COUNT = 360
EPOCHS = 40
REQUIRED_ACCURACY = 0.97


def load():
    """(images, labels) to train on and to test on; images float32 [N, 8, 8, 1] in 0...1, labels int64 [N]."""
    digits = load_digits()
    images = (digits.images / 16).astype(np.float32)[..., np.newaxis]
    labels = digits.target.astype(np.int64)
    order = np.random.default_rng(SEED).permutation(len(images))
    test, train = order[:TEST_COUNT], order[TEST_COUNT:]
    return (images[train], labels[train]), (images[test], labels[test])
