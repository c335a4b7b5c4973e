"""Every method against NumPy in float64."""

import dataclasses
from functools import partial

import pytest
from compiling import jit_quickly
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lowering_cases import cases, error, with_gradients

from jaxcnn.lowering import Machine, dispatch

UNHURRIED = settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
# Bytes: every block is one image or one strip, a few of them, all at once.
BUDGETS = (1, 4_000, 1e9)


def check_all_methods(case, budget):
    machine = dataclasses.replace(Machine.of(devices=2), budget=budget)  # with oneDNN, if it works
    for convolution, lhs, rhs in with_gradients(case):
        methods = dispatch.methods(convolution, machine)
        if convolution.is_input_dilated and convolution.is_kernel_gradient:
            # Compiling some of these, XLA itself ends the process: its simplifier exchanges input
            # and kernel, and then finds that their shapes do not match.
            del methods["xla"]
        # Nearly all of the time goes into compiling.
        compute = jit_quickly(partial(apply_all, methods, convolution))
        results = compute(lhs, rhs)
        for name, got in results.items():
            assert error(convolution, got, lhs, rhs) <= 1e-6, name


def apply_all(methods, convolution, lhs, rhs):
    return {name: method(convolution, lhs, rhs) for name, method in methods.items()}


def check_kind(kind, count):
    @settings(UNHURRIED, max_examples=count)
    @given(cases(kind), st.sampled_from(BUDGETS))
    def check(case, budget):
        check_all_methods(case, budget)

    check()


@pytest.mark.thorough
@pytest.mark.parametrize(("kind", "count"), [("any", 5), ("grouped", 4), ("winograd", 2)])
def test_every_method_is_exact(kind, count):
    check_kind(kind, count)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "count"), [("any", 200), ("grouped", 80), ("winograd", 50)])
def test_every_method_is_exact_over_many_shapes(kind, count):
    check_kind(kind, count)
