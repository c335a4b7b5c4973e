import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

import jaxcnn
from jaxcnn import explain
from jaxcnn.explain import WeightHistogram

NET = jaxcnn.Sequential([jaxcnn.Conv(5, 3, name="z"), jaxcnn.GlobalAvgPool(), jaxcnn.Dense(2)])


def test_counts_are_numpys():
    model = jaxcnn.build(NET, (4, 4, 2), rngs=nnx.Rngs(0))
    found = explain.weight_histograms(model, bins=6)
    assert [*found] == ["z.bias", "z.kernel", "2.bias", "2.kernel"]
    kernel = np.asarray(model["z"].kernel[...])
    counts, edges = np.histogram(kernel, 6)
    np.testing.assert_array_equal(found["z.kernel"].counts, counts)
    np.testing.assert_allclose(found["z.kernel"].edges, edges)
    assert found["z.kernel"].mean == pytest.approx(float(kernel.mean()), abs=1e-6)
    assert found["z.kernel"].std == pytest.approx(float(kernel.std()), rel=1e-5)
    assert len(found["2.bias"].counts) == 3  # two weights: twice the root of 2, rounded up


def test_errors():
    model = jaxcnn.build(NET, (4, 4, 2), rngs=nnx.Rngs(0))
    with pytest.raises(ValueError, match="bins: expected at least 1, got 0"):
        explain.weight_histograms(model, bins=0)
    model["z"].bias[...] = jnp.full(5, jnp.nan)
    with pytest.raises(ValueError, match=r"z\.bias: expected finite"):
        explain.weight_histograms(model)


def histogram(n):
    return WeightHistogram(np.array([-1.0, 0.0, 1.0]), np.array([1, n - 1]), -0.25, 0.5)


def test_a_panel_an_array():
    figure = explain.plot_weights({f"${k}": histogram(2000 + k) for k in range(5)})
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert len(shown) == 5
    assert shown[1].get_title() == "\\$1\nn = 2,001: −0.25 ± 0.5"
    np.testing.assert_array_equal(shown[1].patches[0].get_data().values, [1, 2000])
    np.testing.assert_allclose(shown[1].lines[1].get_xdata(), [-0.75, 0.25])


@pytest.mark.thorough
def test_of_many_the_largest_are_shown():
    figure = explain.plot_weights({str(k): histogram(k + 2) for k in range(50)})
    names = [axes.get_title().splitlines()[0] for axes in figure.axes]
    assert names == [str(k) for k in range(2, 50)]
    assert "The 48 largest of 50 arrays." in figure.get_supxlabel().replace("\n", " ")
