"""Random convolutions, and what they are in float64."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from arrays import normal
from hypothesis import strategies as st
from jax import lax
from jax.extend.core import Literal

from jaxcnn.lowering._convolution import Convolution

LETTERS = "DHW"


@dataclasses.dataclass(frozen=True)
class Case:
    """Arguments of one `jax.lax.conv_general_dilated`."""

    lhs_shape: tuple[int, ...]
    rhs_shape: tuple[int, ...]
    strides: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    lhs_dilation: tuple[int, ...]
    rhs_dilation: tuple[int, ...]
    layout: tuple[str, str, str]
    groups: int

    def arrays(self):
        return normal(*self.lhs_shape), normal(*self.rhs_shape, seed=1)

    def __call__(self, lhs, rhs):
        return lax.conv_general_dilated(
            lhs,
            rhs,
            self.strides,
            self.padding,
            self.lhs_dilation,
            self.rhs_dilation,
            self.layout,
            self.groups,
        )


@st.composite
def cases(draw):
    """Forward convolutions: any rank, layout, stride, dilation, padding and groups; none empty."""
    rank = draw(st.sampled_from((2, 2, 1, 3)))
    axes = range(rank)
    spatial = [draw(st.integers(1, 9 if rank < 3 else 5)) for _ in axes]
    # Winograd's kernels, or any.
    if draw(st.booleans()):
        window, strides, gaps = [3] * rank, [1] * rank, [1] * rank
    else:
        window = [draw(st.integers(1, 5)) for _ in axes]
        strides = [draw(st.sampled_from((1, 1, 2, 3))) for _ in axes]
        gaps = [draw(st.sampled_from((1, 1, 2))) for _ in axes]
    spread = [draw(st.sampled_from((1, 1, 1, 2, 3))) for _ in axes]
    padding = []
    for size, taps, gap, spacing in zip(spatial, window, gaps, spread, strict=True):
        low, high = draw(st.integers(-1, 3)), draw(st.integers(-1, 3))
        # At least one position.
        missing = (taps - 1) * gap + 1 - ((size - 1) * spacing + 1 + low + high)
        padding.append((low, high + max(0, missing)))
    batch = draw(st.integers(1, 4))
    groups = draw(st.sampled_from((1, 1, 1, 2, 4, 6)))
    channels, features = draw(st.sampled_from((1, 1, 2, 5))), draw(st.sampled_from((1, 1, 3, 4)))
    letters = LETTERS[-rank:]
    layout = tuple(
        "".join(draw(st.permutations(order))) if draw(st.booleans()) else order
        for order in (f"N{letters}C", f"{letters}IO", f"N{letters}C")
    )
    lhs = dict(zip(letters, spatial, strict=True)) | {"N": batch, "C": groups * channels}
    rhs = dict(zip(letters, window, strict=True)) | {"I": channels, "O": groups * features}
    return Case(
        tuple(lhs[letter] for letter in layout[0]),
        tuple(rhs[letter] for letter in layout[1]),
        tuple(strides),
        tuple(padding),
        tuple(spread),
        tuple(gaps),
        layout,
        groups,
    )


def with_gradients(case):
    """A case's convolution and those of its two gradients, each with its two arrays.

    They are read off JAX's own derivatives; what else these contain is left out.
    """
    lhs, rhs = case.arrays()
    cotangents = normal(*jax.eval_shape(case, lhs, rhs).shape, seed=2)

    def all_three(lhs, rhs, cotangents):
        outputs, gradients = jax.vjp(case, lhs, rhs)
        return outputs, gradients(cotangents)

    jaxpr = jax.make_jaxpr(all_three)(lhs, rhs, cotangents)
    found = []
    for equation in jaxpr.eqns:
        if equation.primitive is lax.conv_general_dilated_p:
            assert not any(isinstance(operand, Literal) for operand in equation.invars)
            shapes = [operand.aval.shape for operand in equation.invars]
            arrays = [normal(*shape, seed=seed) for seed, shape in enumerate(shapes)]
            convolution = Convolution.of(*arrays, np.float32, equation.params)
            found.append((convolution, *arrays))
    return found


def exact(convolution, lhs, rhs):
    """XLA's result in float64 on an input padded beforehand, as it errs on some padding."""
    numbers = convolution.dimension_numbers
    edges = [(0, 0, 0)] * lhs.ndim
    rows = zip(
        numbers.lhs_spec[2:], convolution.padding, convolution.lhs_dilation, strict=True
    )
    for axis, pair, spread in rows:
        edges[axis] = (*pair, spread - 1)
    convolve = partial(
        lax.conv_general_dilated,
        window_strides=convolution.strides,
        padding="VALID",
        rhs_dilation=convolution.rhs_dilation,
        dimension_numbers=numbers,
        feature_group_count=convolution.feature_groups,
        batch_group_count=convolution.batch_groups,
    )
    with jax.enable_x64(True):
        padded = lax.pad(jnp.asarray(lhs, jnp.float64), np.zeros((), np.float64), edges)
        return np.asarray(convolve(padded, jnp.asarray(rhs, jnp.float64)))


def error(convolution, got, lhs, rhs):
    """The distance to float64, by the norm of |lhs| convolved with |rhs|."""
    right = exact(convolution, lhs, rhs)
    size = np.linalg.norm(exact(convolution, abs(lhs), abs(rhs)))
    assert got.shape == right.shape
    return np.linalg.norm(np.asarray(got, np.float64) - right) / max(size, 1e-30)
