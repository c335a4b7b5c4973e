import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn.profiling import Limits, _limits


def test_the_roof():
    limits = Limits(flops_per_second=100e9, bytes_per_second=20e9)
    assert limits.ridge == 5
    assert [limits.attainable(x) for x in (0.25, 5, 40)] == [5e9, 100e9, 100e9]


@pytest.mark.thorough
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_probes_do_the_work_they_say(dtype, monkeypatch):
    monkeypatch.setattr(_limits, "MIN_SIDE", 8)
    monkeypatch.setattr(_limits, "MAX_SIDE", 16)
    monkeypatch.setattr(
        _limits, "MIN_PRODUCT_SECONDS", float("inf")
    )  # however slow the machine is now
    monkeypatch.setattr(_limits, "ARRAY_BYTES", 64)
    product = _limits.product_probe(dtype)
    assert product.work == 2 * 16**3
    np.testing.assert_array_equal(product.run(), np.full((16, 16), 16))
    copy = _limits.copy_probe(dtype)
    assert copy.work == 3 * 64
    # a = a / 2 + b, twice, from ones: 1.5 and 1.75.
    copy.run()
    found = copy.run()
    assert found.shape == (64 // jnp.dtype(dtype).itemsize,)
    np.testing.assert_array_equal(found.astype(float), 1.75)
