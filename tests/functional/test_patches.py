import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn import functional as F

# torch 2.14.1: x = arange(24).reshape(1, 2, 3, 4); unfold and fold with a kernel of (2, 2),
# dilation (1, 2), stride (2, 1) and padding (1, 0). Rows are (channel, window), columns positions.
OPTIONS = {"strides": (2, 1), "padding": (1, 0), "kernel_dilation": (1, 2)}
UNFOLDED = [
    *([0, 0, 4, 5], [0, 0, 6, 7], [0, 1, 8, 9], [2, 3, 10, 11]),
    *([0, 0, 16, 17], [0, 0, 18, 19], [12, 13, 20, 21], [14, 15, 22, 23]),
]
FOLDED = [  # of arange(32).reshape(1, 8, 4)
    [[8, 9, 12, 13], [2, 3, 6, 7], [10, 11, 14, 15]],
    [[24, 25, 28, 29], [18, 19, 22, 23], [26, 27, 30, 31]],
]


def from_torch(columns):
    """``(C * window, positions)`` as ``(1, 2, 2, window * C)``."""
    by_position = np.asarray(columns, np.float32).reshape(2, 4, 2, 2).transpose(2, 3, 1, 0)
    return by_position.reshape(1, 2, 2, 8)


@pytest.mark.thorough
def test_they_are_torchs_unfold_and_fold():
    x = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4).transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(F.patches(x, (2, 2), **OPTIONS), from_torch(UNFOLDED))
    rows = from_torch(np.arange(32).reshape(8, 4))
    back = F.fold(rows, (3, 4), (2, 2), **OPTIONS)[0].transpose(2, 0, 1)
    np.testing.assert_array_equal(back, FOLDED)


CASES = [
    ((7,), (3,), {"strides": 2}),
    ((5, 6), (3, 2), {"padding": "SAME", "strides": (2, 1)}),
    ((5, 6), (3, 3), {"padding": "CIRCULAR"}),
    ((5, 6), (2, 2), {"padding": ((2, 0), (1, 3)), "kernel_dilation": 2}),
    ((3, 4, 3), (2, 1, 2), {"strides": (1, 2, 1)}),
]
SOME_SLOW = [*CASES[1:3], *(pytest.param(*case, marks=pytest.mark.slow) for case in CASES)]


@pytest.mark.thorough
@pytest.mark.parametrize(("shape", "window", "options"), SOME_SLOW)
def test_fold_is_the_adjoint(shape, window, options):
    rng = np.random.default_rng(0)
    x = rng.integers(-9, 9, (2, *shape, 3)).astype(np.float32)
    rows = F.patches(x, window, **options)
    p = rng.integers(-9, 9, rows.shape).astype(np.float32)
    assert np.vdot(rows, p) == np.vdot(x, F.fold(p, shape, window, **options))


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "window", "options"), CASES)
def test_a_convolution_is_a_product_with_patches(shape, window, options):
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(2, *shape, 3)), rng.normal(size=(*window, 3, 4))
    rows = F.patches(x, window, **options)
    expected = F.conv(x, kernel, **{"padding": "VALID", **options})
    np.testing.assert_allclose(rows @ kernel.reshape(-1, 4), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.thorough
def test_one_example_integers_and_counts():
    x = jnp.arange(12).reshape(3, 4, 1)
    rows = F.patches(x, (2, 2))
    assert (rows.shape, rows.dtype) == ((2, 3, 4), x.dtype)
    ones = jnp.ones(rows.shape)
    counts = F.fold(ones, (3, 4), (2, 2))[..., 0]
    np.testing.assert_array_equal(counts, [[1, 2, 2, 1], [2, 4, 4, 2], [1, 2, 2, 1]])
    gradient = jax.grad(lambda p: (F.fold(p, (3, 4), (2, 2)) ** 2).sum() / 2)(ones)
    np.testing.assert_array_equal(gradient, F.patches(counts[..., None], (2, 2)))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: F.patches(np.ones((3, 1)), (2, 2)), ValueError, "inputs: expected 4 axes"),
        (lambda: F.patches(np.ones((3, 3, 1)), (4, 4)), ValueError, "kernel: expected at most the"),
        (
            lambda: F.fold(np.ones((2, 2, 5)), (3, 3), (2, 2)),
            ValueError,
            r"patches: expected shape \(N, \*\(2, 2\), C \* 4\), got \(2, 2, 5\)",
        ),
        (lambda: F.fold(np.ones((3, 2, 4)), (3, 3), (2, 2)), ValueError, "patches: expected shape"),
        (
            lambda: F.fold(np.ones((2, 2, 4), int), (3, 3), (2, 2)),
            TypeError,
            "patches: expected floating point, got int",
        ),
    ],
)
def test_wrong_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call()
