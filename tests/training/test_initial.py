"""`fit(architecture, ..., init_from=module)`: weights to begin with."""

import jax
import numpy as np
import optax
import pytest
import small
from flax import nnx

import jaxcnn

DATA = small.dataset()
NET = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(3, kernel_init="zeros")])
RUN = {"epochs": 1, "batch_size": 8}


def module(net=NET):
    built = jaxcnn.build(net, DATA.input_shape, rngs=nnx.Rngs(0))
    built["1"].bias[...] = np.array([1.0, 2.0, 3.0])
    return built


@pytest.mark.thorough
def test_training_begins_with_these_weights_and_keeps_the_architecture():
    run = jaxcnn.fit(NET, DATA, init_from=module(), tx=optax.set_to_zero(), progress=False, **RUN)
    for params in (run.state.params, run.network.variables.params):
        np.testing.assert_array_equal(jax.tree.leaves(params)[0], [1.0, 2.0, 3.0])
    assert run.network.architecture == NET


@pytest.mark.thorough
def test_the_module_is_not_changed():
    given = module()
    trained = jaxcnn.fit(NET, DATA, init_from=given, progress=False, **RUN)
    np.testing.assert_array_equal(given["1"].bias[...], [1.0, 2.0, 3.0])
    assert not np.array_equal(trained.network.module["1"].bias[...], [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("model", "error", "text"),
    [
        (
            jaxcnn.with_classes(NET, 4),
            ValueError,
            r"^init_from: expected a module .* layers\.1\.bias",
        ),
        (module(), TypeError, "^init_from: expected None with a model that is a module already"),
    ],
)
def test_what_cannot_be_begun_with(model, error, text):
    with pytest.raises(error, match=text):
        jaxcnn.fit(model, DATA, init_from=module(), **RUN)
