"""The order of very many streamed examples is that of all others, in less memory."""

import jax
import numpy as np
import pytest
import small
from PIL import Image

from jaxcnn.data import ImageFiles, epoch_order
from jaxcnn.training import _host_order, _setup
from jaxcnn.training._host_order import CHUNK, host_epoch_order


@pytest.mark.thorough
@pytest.mark.parametrize(("epoch", "n"), [(0, CHUNK + 3), (7, 1625), (1, 2)])
def test_the_order_is_that_of_examples_in_memory(epoch, n):
    key = jax.random.key(3)
    order = host_epoch_order(key, epoch, n)
    assert order.dtype == np.int32
    np.testing.assert_array_equal(order, epoch_order(key, epoch, n))


@pytest.mark.thorough
def test_random_numbers_of_another_kind_are_drawn_by_jax(monkeypatch):
    _host_order._agrees_with_jax.cache_clear()
    draw = _host_order._draw
    monkeypatch.setattr(_host_order, "_draw", lambda key, start: draw(key, start + 1))
    assert not _host_order._agrees_with_jax()
    key = jax.random.key(0)
    np.testing.assert_array_equal(host_epoch_order(key, 0, 100), epoch_order(key, 0, 100))
    _host_order._agrees_with_jax.cache_clear()


@pytest.mark.slow
def test_streamed_files_beyond_the_limit_train_to_the_same_bits(tmp_path, monkeypatch):
    data = small.dataset()
    paths = [tmp_path / f"{n}.png" for n in range(len(data))]
    for path, image in zip(paths, data.images, strict=True):
        Image.fromarray(image[..., 0]).save(path)
    files = ImageFiles(paths, data.labels, data.class_names, data.input_shape)
    plain = small.quick_fit(data=files)
    called = []
    monkeypatch.setattr(_setup, "MANY", 10)
    monkeypatch.setattr(
        _setup,
        "host_epoch_order",
        lambda *args, **n: called.append(n) or host_epoch_order(*args, **n),
    )
    assert small.as_bits(small.quick_fit(data=files).state.params) == small.as_bits(
        plain.state.params
    )
    assert called
