"""Convolutions as they are called, with whatever methods are chosen for them."""

import dataclasses
from contextlib import contextmanager
from functools import cache, partial
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import reference_numpy as reference
from arrays import integers, normal
from compiling import jit_quickly
from jax import lax
from lowering_cases import Case, with_gradients

from jaxcnn import functional as F
from jaxcnn.lowering import Machine, dispatch

LAYOUT = ("NHWC", "HWIO", "NHWC")
SAME = ((1, 1), (1, 1))


@contextmanager
def choices():
    """Yields a list of the methods chosen in the meantime, None where XLA's own is."""
    chosen = []

    def choose(convolution, **keywords):
        chosen.append(original(convolution, **keywords))
        return chosen[-1]

    original = dispatch.choose
    # What was compiled before would not be asked about again.
    jax.clear_caches()
    with mock.patch.object(dispatch, "choose", choose):
        yield chosen


def ours(**arguments):
    return jax.jit(partial(F.conv_general_dilated, dimension_numbers=LAYOUT, **arguments))


def with_both_gradients(convolve, lhs, rhs, cotangents):
    outputs, gradients = jax.vjp(convolve, lhs, rhs)
    return outputs, *gradients(cotangents)


def three_by_three(batch, size, channels):
    """Such a convolution, and its output and gradients by a function like JAX's."""
    case = Case(
        (batch, size, size, channels),
        (3, 3, channels, channels),
        (1, 1),
        SAME,
        (1, 1),
        (1, 1),
        LAYOUT,
        1,
    )

    def by(convolve, lhs, rhs, cotangents, jit=jax.jit):
        convolve = partial(
            convolve, window_strides=(1, 1), padding="SAME", dimension_numbers=LAYOUT
        )
        return jit(partial(with_both_gradients, convolve))(lhs, rhs, cotangents)

    return case, by


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("size", "channels"), [pytest.param(16, 64, marks=pytest.mark.slow), (8, 128)]
)
def test_errors_are_small_beside_those_of_xla(size, channels):
    case, by = three_by_three(16, size, channels)
    lhs, rhs = case.arrays()
    cotangents = normal(*lhs.shape, seed=2)
    with choices() as chosen:
        got = by(F.conv_general_dilated, lhs, rhs, cotangents)
    assert len(chosen) == 3
    assert None not in chosen
    direct = by(lax.conv_general_dilated, lhs, rhs, cotangents)
    with jax.enable_x64(True):
        arrays = [array.astype(np.float64) for array in (lhs, rhs, cotangents)]
        in_double = partial(by, lax.conv_general_dilated, jit=jit_quickly)
        double = jax.device_get(in_double(*arrays))
        sizes = jax.device_get(in_double(*map(abs, arrays)))
    for mine, theirs, right, largest in zip(got, direct, double, sizes, strict=True):
        distance = np.linalg.norm(mine - right)
        assert distance <= 1e-6 * np.linalg.norm(largest)
        assert distance <= 4 * np.linalg.norm(theirs - right)


@pytest.fixture
def without_onednn(monkeypatch):
    """A machine on which Winograd's method is preferred."""
    monkeypatch.setattr(Machine, "of", classmethod(lambda cls, devices: cls(2, devices)))


@pytest.mark.usefixtures("without_onednn")
@pytest.mark.parametrize("precision", [None, *lax.Precision])
def test_only_the_default_precision_takes_winograd(precision):
    pair = None if precision is None else (precision, precision)
    case, _ = three_by_three(16, 16, 64)
    is_default = precision in (None, lax.Precision.DEFAULT)
    for convolution, *_ in with_gradients(case):
        precise = dataclasses.replace(convolution, precision=pair)
        machine = Machine(cores=2, devices=2)
        assert ("winograd" in dispatch.methods(precise, machine)) == is_default
        chosen = dispatch.choose(precise, devices=1)
        assert (getattr(chosen, "func", None) is dispatch.by_winograd) == is_default


@pytest.mark.usefixtures("without_onednn")
def test_high_precision_reaches_the_choice_from_outside():
    lhs, rhs = normal(16, 16, 16, 64), normal(3, 3, 64, 64, seed=1)
    chosen = {}
    for precision in ("default", "high", "highest"):
        with choices() as found:
            convolve = ours(window_strides=(1, 1), padding=SAME, precision=precision)
            convolve.lower(lhs, rhs)
        chosen[precision] = found
    assert chosen["default"][0].func is dispatch.by_winograd
    for precision in ("high", "highest"):
        assert len(chosen[precision]) == 1
        assert getattr(chosen[precision][0], "func", None) is not dispatch.by_winograd


KINDS = {
    "dense": ((8, 16, 16, 32), (3, 3, 32, 32), 1),
    "depthwise": ((2, 5, 4, 6), (3, 3, 1, 6), 6),
    "pointwise": ((2, 9, 8, 6), (1, 1, 6, 5), 1),
}


# 16-bit floats are rounded once, at the end.
BOUNDS = {"float64": 1e-15, "float32": 1e-6, "bfloat16": 2**-9, "float16": 2**-12}


def all_three(kind, convolve, dtype, jit=jax.jit, **arguments):
    """Output and gradients of one kind by a function like JAX's, on numbers of 8 bits."""
    lhs_shape, rhs_shape, groups = KINDS[kind]
    convolve = partial(
        convolve,
        window_strides=(1, 1),
        padding=SAME,
        dimension_numbers=LAYOUT,
        feature_group_count=groups,
        **arguments,
    )
    lhs, rhs = (few_bits(shape, seed, dtype) for seed, shape in enumerate((lhs_shape, rhs_shape)))
    outputs = jax.eval_shape(convolve, lhs, rhs)
    cotangents = few_bits(outputs.shape, 2, outputs.dtype)
    return jit(partial(with_both_gradients, convolve))(lhs, rhs, cotangents)


def few_bits(shape, seed, dtype):
    return normal(*shape, seed=seed).astype(jnp.bfloat16).astype(dtype)


@cache
def in_float64(kind):
    with jax.enable_x64(True):
        results = all_three(kind, lax.conv_general_dilated, np.float64, jit_quickly)
        return jax.device_get(results)


# What is not of one size, or small, is converted before any method sees it.
@pytest.mark.thorough
@pytest.mark.parametrize(
    ("kind", "dtype", "preferred"),
    [
        ("dense", "float64", None),
        ("dense", "bfloat16", None),
        ("dense", "bfloat16", "float32"),
        ("dense", "float16", None),
        ("dense", "float32", "float64"),
        ("depthwise", "float64", None),
        ("depthwise", "bfloat16", None),
        ("pointwise", "float64", None),
        ("pointwise", "float16", None),
    ],
)
def test_floats_of_all_sizes(kind, dtype, preferred):
    arguments = {"preferred_element_type": preferred}
    with jax.enable_x64(True):
        mine = jax.device_get(all_three(kind, F.conv_general_dilated, dtype, **arguments))
        theirs = partial(all_three, kind, lax.conv_general_dilated, dtype, **arguments)
        jaxs = jax.eval_shape(theirs)
    for got, typed, double in zip(mine, jaxs, in_float64(kind), strict=True):
        assert got.dtype == typed.dtype
        distance = np.linalg.norm(np.asarray(got, np.float64) - double)
        assert distance <= BOUNDS[str(got.dtype)] * np.linalg.norm(double)


# The second has a negative and a positive end, on which XLA errs.
@pytest.mark.parametrize("padding", [SAME, ((0, 0), (-1, 1))])
@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("dtype", ["int8", "int32", "complex64"])
def test_other_numbers(dtype, groups, padding):
    lhs = integers(2, 4, 5, 4, low=-3, high=3).astype(dtype)
    rhs = integers(1, 3, 4 // groups, 6, low=-3, high=3, seed=1).astype(dtype)
    if dtype == "complex64":
        lhs, rhs = lhs + 1j * lhs[::-1], rhs - 2j * rhs[::-1]
    got = ours(window_strides=(1, 1), padding=padding, feature_group_count=groups)(lhs, rhs)
    assert got.dtype == dtype
    cropped = lhs if padding == SAME else lhs[:, :, 1:]
    pads = padding if padding == SAME else ((0, 0), (0, 1))
    right = reference.conv_nd(cropped, rhs, (1, 1), pads, groups=groups)
    np.testing.assert_array_equal(got, right)


def test_padding_on_which_xla_errs_on_cpus():
    lhs, rhs = normal(2, 4, 5, 3), normal(1, 3, 3, 4, seed=1)
    right = reference.conv_nd(lhs[:, :, 1:], rhs, (1, 1), ((0, 0), (0, 1)))
    got = ours(window_strides=(1, 1), padding=((0, 0), (-1, 1)))(lhs, rhs)
    np.testing.assert_allclose(got, right, rtol=1e-5, atol=1e-5)


@pytest.mark.thorough
@pytest.mark.parametrize("channels", [3, 64])
def test_same_inputs_same_bits(channels):
    case, _ = three_by_three(32, 16, channels)
    lhs, rhs = case.arrays()
    convolve = partial(
        F.conv_general_dilated, window_strides=(1, 1), padding=SAME, dimension_numbers=LAYOUT
    )
    results = []
    for _ in range(2):
        lowered = jax.jit(partial(with_both_gradients, convolve)).lower(lhs, rhs, lhs)
        compiled = lowered.compile()
        results += [compiled(lhs, rhs, lhs) for _ in range(2)]
    for other in results[1:]:
        for first, again in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(first, again)


@pytest.mark.thorough
def test_an_ensemble_is_fast_and_equals_a_loop():
    images, kernels = normal(4, 2, 16, 16, 32), normal(4, 3, 3, 32, 32, seed=1)
    cotangents = normal(*images.shape, seed=2)
    each = partial(with_both_gradients, F.conv)
    with choices() as chosen:
        together = jax.jit(jax.vmap(each))(images, kernels, cotangents)
    assert len(chosen) == 3
    assert None not in chosen
    plain = jit_quickly(partial(with_both_gradients, in_jax))
    loop = [plain(*members) for members in zip(images, kernels, cotangents, strict=True)]
    for got, members in zip(together, zip(*loop, strict=True), strict=True):
        right = np.stack(members)
        assert np.linalg.norm(got - right) <= 1e-6 * np.linalg.norm(right)


def in_jax(images, kernel):
    return lax.conv_general_dilated(images, kernel, (1, 1), "SAME", dimension_numbers=LAYOUT)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("lhs", "rhs", "arguments"),
    [
        ((2, 3, 3, 4), (5, 5, 4, 3), {"padding": ((1, 2), (2, 2))}),
        ((2, 3, 3, 4), (5, 5, 4, 3), {"padding": "VALID"}),  # no position at all
        ((2, 3, 3, 4), (5, 5, 2, 6), {"padding": "SAME", "feature_group_count": 2}),
        ((2, 9, 8, 3), (2, 2, 3, 4), {"window_strides": (3, 4), "padding": "VALID"}),
        ((2, 9, 8, 3), (1, 1, 3, 4), {"window_strides": (2, 3), "padding": ((1, 0), (0, 2))}),
        ((1, 6, 5, 3), (3, 3, 3, 4), {"padding": "SAME"}),
        ((2, 6, 5, 1), (3, 3, 1, 1), {"padding": "SAME"}),
        ((0, 6, 5, 3), (3, 3, 3, 4), {"padding": "SAME"}),
        ((2, 6, 5, 3), (3, 3, 3, 0), {"padding": "SAME"}),
    ],
)
def test_unusual_shapes(lhs, rhs, arguments):
    arguments = {"window_strides": (1, 1), "dimension_numbers": LAYOUT, **arguments}
    lhs, rhs = normal(*lhs), normal(*rhs, seed=1)
    theirs = partial(lax.conv_general_dilated, **arguments)
    cotangents = normal(*jax.eval_shape(theirs, lhs, rhs).shape, seed=2)
    got, right = (
        jit(partial(with_both_gradients, convolve))(lhs, rhs, cotangents)
        for jit, convolve in (
            (jax.jit, partial(F.conv_general_dilated, **arguments)),
            (jit_quickly, theirs),
        )
    )
    for mine, theirs in zip(got, right, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("rhs", "groups"), [((3, 3, 2, 6), 4), ((3, 3, 2, 7), 3), ((3, 3, 3, 6), 3), ((3, 3, 6, 6), 0)]
)
def test_groups_that_do_not_fit_are_refused_as_jax_does(rhs, groups):
    messages = []
    for convolve in (F.conv_general_dilated, lax.conv_general_dilated):
        with pytest.raises(ValueError) as error:  # noqa: PT011
            convolve(
                np.zeros((2, 5, 5, 6), np.float32),
                np.zeros(rhs, np.float32),
                (1, 1),
                "SAME",
                dimension_numbers=LAYOUT,
                feature_group_count=groups,
            )
        messages.append(str(error.value))
    assert messages[0] == messages[1]
