"""Every method against XLA's convolution in float64."""

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from arrays import normal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jax import lax
from lowering_cases import Case, cases, error, with_gradients

from jaxcnn import functional as F
from jaxcnn.lowering import dispatch
from jaxcnn.lowering._machine import Machine

UNHURRIED = settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
# Bytes: every block is one image or one strip, a few of them, all at once.
BUDGETS = (1, 4_000, 1e9)


def check_all_methods(case, budget):
    for convolution, lhs, rhs in with_gradients(case):
        machine = Machine(cores=2, devices=2, budget=budget)
        for name, method in dispatch.methods(convolution, machine).items():
            got = jax.jit(partial(method, convolution))(lhs, rhs)
            assert error(convolution, got, lhs, rhs) <= 1e-6, name


@settings(UNHURRIED, max_examples=25)
@given(cases(), st.sampled_from(BUDGETS))
def test_every_method_is_exact(case, budget):
    check_all_methods(case, budget)


@pytest.mark.slow
@settings(UNHURRIED, max_examples=700)
@given(cases(), st.sampled_from(BUDGETS))
def test_every_method_is_exact_over_many_shapes(case, budget):
    check_all_methods(case, budget)
