"""Arrays to test with, made by NumPy alone."""

import numpy as np
from numpy.typing import DTypeLike


def normal(*shape, seed=0, dtype: DTypeLike = np.float32):
    """Standard normal numbers, the same for the same seed."""
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def integers(*shape, low=-20, high=20, seed=0, dtype: DTypeLike = np.int32):
    """Integers in [low, high), the same for the same seed."""
    return np.random.default_rng(seed).integers(low, high, shape).astype(dtype)
