import jax
import numpy as np
import pytest
from golden.make_torch_pooling import CASES, FILE

from jaxcnn import functional as F

FUNCTIONS = {
    "max": F.max_pool,
    "avg": F.avg_pool,
    "adaptive_max": F.adaptive_max_pool,
    "adaptive_avg": F.adaptive_avg_pool,
}


@pytest.fixture(scope="module")
def golden():
    with np.load(FILE) as arrays:
        return dict(arrays)


def our_outputs(what, inputs, arguments, kernel):
    if what == "conv_transpose":
        arguments = {name: value for name, value in arguments.items() if name != "window"}
        return F.conv_transpose(inputs, kernel, transpose_kernel=True, **arguments)
    if what == "switches":
        return F.max_pool_with_argmax(inputs, **arguments)[1]
    if what.startswith("adaptive"):
        arguments = {**arguments, "spatial_rank": inputs.ndim - 2}
    return FUNCTIONS[what](inputs, **arguments)


@pytest.mark.parametrize("case", CASES)
def test_is_that_of_pytorch(case, golden):
    what, _, arguments = CASES[case]
    compute = jax.jit(lambda inputs, kernel: our_outputs(what, inputs, arguments, kernel))
    outputs = compute(golden[f"{case}/inputs"], golden.get(f"{case}/kernel"))
    np.testing.assert_allclose(outputs, golden[f"{case}/outputs"], rtol=1e-5, atol=1e-5)
