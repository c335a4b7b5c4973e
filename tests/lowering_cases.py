"""Random convolutions, and what they are in float64."""

import dataclasses

import jax
import numpy as np
from arrays import normal
from hypothesis import strategies as st
from jax import lax
from jax.extend.core import Literal

from jaxcnn.lowering import Convolution

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
def cases(draw, kind):
    """Forward convolutions, none empty, of any rank, layout and padding.

    Args:
        draw: Hypothesis's.
        kind: "any" stride, dilation and groups; "grouped": more than one; "winograd": windows of
            three taps moved by single steps, which Winograd's method can do as all gradients too.
    """
    rank = draw(st.sampled_from((2, 2, 1, 3)))
    axes = range(rank)
    letters = LETTERS[-rank:]
    layout = tuple(
        "".join(draw(st.permutations(order))) if draw(st.booleans()) else order
        for order in (f"N{letters}C", f"{letters}IO", f"N{letters}C")
    )
    most = 9 if rank < 3 else 5
    if kind == "winograd":
        spatial = [draw(st.integers(4, most)) for _ in axes]
        window, strides, gaps, spread = [3] * rank, [1] * rank, [1] * rank, [1] * rank
    else:
        spatial = [draw(st.integers(1, most)) for _ in axes]
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
    groups = draw(st.sampled_from((2, 4, 6) if kind == "grouped" else (1, 1, 1, 2, 4)))
    # With one or two channels a group there are multiply-adds, with more there are products.
    channels, features = draw(st.sampled_from((1, 2, 5, 5))), draw(st.sampled_from((1, 3, 4, 4)))
    # The kernel's layout has the order of the dimensions in strides and all that.
    letters = [letter for letter in layout[1] if letter in LETTERS]
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
    """What NumPy makes of it in float64: a product of all windows and the kernel, a group each."""
    numbers, rank = convolution.dimension_numbers, len(convolution.window)
    images = _spread_and_padded(convolution, lhs.transpose(numbers.lhs_spec).astype(np.float64))
    kernels = rhs.transpose(numbers.rhs_spec).astype(np.float64)
    reach = [
        (taps - 1) * gap + 1
        for taps, gap in zip(convolution.window, convolution.rhs_dilation, strict=True)
    ]
    windows = np.lib.stride_tricks.sliding_window_view(images, reach, range(2, rank + 2))
    steps = (*convolution.strides, *convolution.rhs_dilation)
    windows = windows[(slice(None), slice(None), *(slice(None, None, step) for step in steps))]
    split_axis = 0 if convolution.batch_groups > 1 else 1
    contracted = (1, *range(rank + 2, 2 * rank + 2)), range(1, rank + 2)
    groups = [
        np.tensordot(part, kernel, contracted)
        for part, kernel in zip(
            np.split(windows, convolution.groups, split_axis),
            np.split(kernels, convolution.groups),
            strict=True,
        )
    ]
    outputs = np.moveaxis(np.concatenate(groups, -1), -1, 1)
    return outputs.transpose(np.argsort(numbers.out_spec))


def _spread_and_padded(convolution, images):
    """Puts `(N, C, *spatial)` among the zeros of dilation and padding, or crops it."""
    rows = zip(convolution.padding, convolution.lhs_dilation, strict=True)
    for axis, ((low, high), spread) in enumerate(rows, 2):
        shape = list(images.shape)
        shape[axis] = (shape[axis] - 1) * spread + 1
        apart = np.zeros(shape)
        np.moveaxis(apart, axis, 0)[::spread] = np.moveaxis(images, axis, 0)
        edges = [(0, 0)] * images.ndim
        edges[axis] = max(low, 0), max(high, 0)
        stop = shape[axis] + edges[axis][0] + edges[axis][1] + min(high, 0)
        inside = [slice(None)] * axis + [slice(max(-low, 0), stop)]
        images = np.pad(apart, edges)[tuple(inside)]
    return images


def error(convolution, got, lhs, rhs):
    """The distance to float64, by the norm of |lhs| convolved with |rhs|."""
    right = exact(convolution, lhs, rhs)
    size = np.linalg.norm(exact(convolution, abs(lhs), abs(rhs)))
    assert got.shape == right.shape
    return np.linalg.norm(np.asarray(got, np.float64) - right) / max(size, 1e-30)
