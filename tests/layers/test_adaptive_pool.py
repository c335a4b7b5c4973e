import built
import jax
import numpy as np
import pytest

from jaxcnn import AdaptiveAvgPool


@pytest.mark.parametrize(
    ("output_size", "input_shape", "expected"),
    [
        (3, (7, 4), (3, 4)),
        (7, (1, 1, 4), (7, 7, 4)),
        (6, (13, 13, 4), (6, 6, 4)),
        ((2, 5), (4, 3, 4), (2, 5, 4)),
        ((1, 2, 3), (3, 4, 5, 2), (1, 2, 3, 2)),
    ],
)
def test_output_shape(output_size, input_shape, expected):
    layer = AdaptiveAvgPool(output_size)
    assert layer.output_shape(input_shape) == built.output_shape(layer, input_shape) == expected
    assert layer.costs(input_shape) == (0, 0, 0)


@pytest.mark.parametrize(
    ("output_size", "window"),
    [
        ((2, 3), ((3, 2), (3, 2), (0, 0))),
        ((1, 6), ((6, 1), (6, 1), (0, 0))),
        ((4, 3), ((6, 2), (0, 2), (0, 0))),  # unequal cells
        ((12, 2), ((6, 3), (0, 3), (0, 0))),  # more cells than pixels
    ],
)
def test_window_holds_what_an_output_sees(output_size, window):
    layer, shape, positions = AdaptiveAvgPool(output_size), (6, 6, 1), [(0, 0), (0, 1)]
    assert layer.receptive_field(shape) == window
    boxes = built.boxes(window, shape, positions)
    for seen, box in zip(built.footprints(layer, shape, positions), boxes, strict=True):
        for (first, last), (start, end), stride in zip(seen, box, window[1], strict=True):
            assert (first, last) == (start, end) or (stride == 0 and start <= first <= last <= end)


def test_label():
    assert AdaptiveAvgPool(6).label((9, 9, 3)) == "AdaptiveAvgPool 6×6"


@pytest.mark.parametrize(
    ("input_shape", "text"),
    [
        ((8,), r"input_shape: expected \(\*spatial, channels\)"),
        ((8, 3), r"output_size: expected an integer, or one per axis .1."),
    ],
)
def test_input_that_does_not_fit(input_shape, text):
    layer = AdaptiveAvgPool((2, 2))
    for use in (layer.output_shape, layer.receptive_field, lambda s: built.module(layer, s)):
        with pytest.raises(ValueError, match=text):
            use(input_shape)


def cells(size, count):
    """PyTorch's bins."""
    return [slice(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]


@pytest.mark.parametrize("grid", [(2, 3), (4, 6), (1, 1), (3, 4), (2, 5), (7, 9)])
def test_means_of_cells(grid):
    x = np.random.default_rng(0).normal(size=(2, 4, 6, 3)).astype(np.float32)
    rows = [[x[:, r, c].mean((1, 2)) for c in cells(6, grid[1])] for r in cells(4, grid[0])]
    expected = np.stack([np.stack(row, 1) for row in rows], 1)
    pool = jax.jit(built.module(AdaptiveAvgPool(grid), x.shape[1:]))
    np.testing.assert_allclose(pool(x), expected, atol=1e-6)


def test_values_of_pytorch():  # torch.nn.functional.adaptive_avg_pool1d
    x = np.arange(5, dtype=np.float32)[None, :, None]

    def pooled(count):
        return jax.jit(built.module(AdaptiveAvgPool(count), (5, 1)))(x).ravel().tolist()

    assert pooled(3) == [0.5, 2.0, 3.5]
    assert pooled(7) == [0.0, 0.5, 1.5, 2.0, 2.5, 3.5, 4.0]
