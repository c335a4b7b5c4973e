import jax
import pytest


@pytest.fixture(autouse=True)
def no_implicit_promotion():
    """What works under the strictest promotion rules works under all of them."""
    with jax.numpy_rank_promotion("raise"), jax.numpy_dtype_promotion("strict"):
        yield
