"""Convolutions in programs that XLA splits over a 2×2 mesh, beside XLA's own; run as a script."""

import re
from collections import Counter

import jax
import jax.numpy as jnp
import numpy as np
from arrays import normal
from jax import lax
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P
from taken import every_convolution

from jaxcnn import functional as F

CASES = {
    "batch and features": (P("data"), P(None, None, None, "model")),
    "batch and channels": (P("data", None, None, "model"), P(None, None, "model")),
    "batch over both": (P(("data", "model")), P()),
    "features over both": (P(), P(None, None, None, ("data", "model"))),
    "axes that compete": (P("data"), P(None, None, None, ("data", "model"))),
    "channels and features": (P(None, None, None, "data"), P(None, None, "data", "model")),
}
COLLECTIVES = r" (all-reduce|all-gather|all-to-all|collective-permute)(?:-start)?\("


def convolve(images, kernel, function=F.conv_general_dilated):
    return function(images, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def loss(images, kernel, function=F.conv_general_dilated):
    return jnp.sum(convolve(images, kernel, function) ** 2)


PROGRAMS = (convolve, jax.grad(loss, 0), jax.grad(loss, 1))


def check(program, arrays, expected):
    """Compare numbers with those of one device, and collectives with XLA's own convolutions."""
    jitted = jax.jit(program, static_argnums=2)
    with every_convolution() as taken:
        ours = jax.jit(program).lower(*arrays).compile()
    theirs = jitted.lower(*arrays, lax.conv_general_dilated).compile()
    ours_moves, theirs_moves = (
        Counter(re.findall(COLLECTIVES, compiled.as_text())) for compiled in (ours, theirs)
    )
    assert taken, "XLA's convolution was used"
    assert ours_moves == theirs_moves, (ours_moves, theirs_moves)
    np.testing.assert_allclose(ours(*arrays), expected, rtol=1e-4, atol=1e-4)


def main():
    jax.config.update("jax_num_cpu_devices", 4)
    mesh = jax.make_mesh((2, 2), ("data", "model"), axis_types=(AxisType.Auto,) * 2)
    whole = normal(4, 6, 6, 4), normal(3, 3, 4, 4, seed=1)
    for program in PROGRAMS:
        expected = jax.jit(program, static_argnums=2)(*whole, lax.conv_general_dilated)
        for specs in CASES.values():
            pairs = zip(whole, specs, strict=True)
            arrays = [jax.device_put(array, NamedSharding(mesh, spec)) for array, spec in pairs]
            check(program, arrays, expected)


if __name__ == "__main__":
    main()
