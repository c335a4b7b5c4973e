import numpy as np
import pytest

from jaxcnn import explain

RNG = np.random.default_rng(0)
IMAGE = RNG.integers(0, 256, (8, 8, 3), np.uint8)
BOX = explain.Box((1, 2), (4, 5))


def explanation(shape, *, box=BOX, kind="Conv", **changes):
    inputs, weights = RNG.normal(size=(2, *shape))
    fields = {
        "formula": "sum",
        "inputs": inputs,
        "weights": weights,
        "bias": np.array(0.5),
        "inside": np.ones(shape, bool),
        "value": (inputs * weights).sum() + 0.5,
    }
    return explain.UnitExplanation(
        unit=explain.Unit("stem", 4), kind=kind, position=(2, 3), box=box, **(fields | changes)
    )


def numbers_in(axes):
    return [float(text.get_text().replace("−", "-")) for text in axes.texts]


def test_a_patch_is_written_number_by_number():
    unit = explanation((3, 3, 2))
    figure = explain.plot_unit(unit, IMAGE)
    image, *grids = figure.axes
    assert figure.get_suptitle() == "Layer stem (Conv), channel 4 at (2, 3)"
    assert image.get_title() == "the image and the unit's\nreceptive field"
    assert len(image.patches) == 2  # a frame, in black and white
    assert [axes.get_title() for axes in grids[:3]] == [
        "inputs of the layer",
        "× weights",
        "= products",
    ]
    assert [axes.get_ylabel() for axes in grids[::3]] == ["channel 0", "channel 1"]
    for column, arrays in enumerate((unit.inputs, unit.weights, unit.products)):
        for row in range(2):
            axes = grids[3 * row + column]
            expected = np.asarray(arrays)[..., row].ravel()
            np.testing.assert_allclose(numbers_in(axes), expected, atol=0.05 * np.abs(arrays).max())
            low, high = axes.images[0].get_clim()
            assert -low == high == pytest.approx(np.abs(arrays).max())
    caption = figure.get_supxlabel().replace("\n", " ")
    assert str(unit).replace(" ", "") in caption.replace(" ", "")


def test_padding_is_white():
    inside = np.ones((3, 3, 1), bool)
    inside[0] = False
    axes = explain.plot_unit(explanation((3, 3, 1), inside=inside), IMAGE).axes[1]
    np.testing.assert_array_equal(
        np.isnan(axes.images[0].get_array().filled(np.nan)), ~inside[..., 0]
    )


def test_a_large_patch_is_its_largest_terms():
    unit = explanation((3, 3, 8), box=None)
    figure = explain.plot_unit(unit, IMAGE, title="mine")
    image, bars = figure.axes
    assert figure.get_suptitle() == "mine"
    assert image.get_title() == "the image"
    values = [bar.get_width() for bar in bars.patches]
    products = np.asarray(unit.products)
    assert len(values) == 12 + 3
    assert np.abs(values[:12]).tolist() == pytest.approx(np.sort(np.abs(products.ravel()))[:-13:-1])
    assert sum(values[:-1]) == pytest.approx(values[-1]) == pytest.approx(float(unit.value))
    row, column, channel = np.unravel_index(np.abs(products).argmax(), products.shape)
    names = [tick.get_text() for tick in bars.get_yticklabels()]
    assert names[0].startswith(f"row {row}, column {column}, channel {channel} (")
    assert names[12:] == ["the other 60 terms", "bias", "the unit, the sum"]


def test_inputs_of_a_dense_layer():
    figure = explain.plot_unit(explanation((5,), box=None, kind="Linear"), IMAGE)
    names = [tick.get_text().split(" (")[0] for tick in figure.axes[1].get_yticklabels()]
    assert sorted(names[:5]) == [f"input {place}" for place in range(5)]
    assert names[5:] == ["bias", "the unit, the sum"]


def test_one_number_made_of_another_is_text():
    unit = explanation(
        (), formula="function", name="relu", inputs=np.array(-2.0), value=np.array(0.0)
    )
    (text,) = explain.plot_unit(unit, IMAGE).axes[1].texts
    assert text.get_text() == "relu(-2) = 0"
