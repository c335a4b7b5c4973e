import numpy as np
import pytest

from jaxcnn.training import cosine_restarts, warmup_cosine


def rates_of(schedule, steps):
    return np.array([float(schedule(step)) for step in range(steps)])


def test_warmup_cosine_climbs_in_a_line_and_falls_in_a_cosine():
    rates = rates_of(warmup_cosine(2.0, 100, warmup=0.2), 101)
    np.testing.assert_allclose(rates[:21], np.linspace(0.2, 2.0, 21), rtol=1e-6)
    np.testing.assert_allclose(rates[20:], 1 + np.cos(np.linspace(0, np.pi, 81)), atol=1e-6)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_short_runs_have_finite_rates(steps):
    assert np.isfinite(rates_of(warmup_cosine(1.0, steps), steps)).all()


def test_restarts_are_the_papers_formula():
    """Cycles of 10, 20 and 40 steps: T_0 = 10, T_mult = 2."""
    rates = rates_of(cosine_restarts(1.0, 70, cycles=3, growth=2), 70)
    expected = [0.5 * (1 + np.cos(np.pi * np.arange(n) / n)) for n in (10, 20, 40)]
    np.testing.assert_allclose(rates, np.concatenate(expected), atol=1e-6)


def test_restarts_fill_the_run_whatever_its_length():
    rates = rates_of(cosine_restarts(1.0, 100), 100)
    np.testing.assert_array_equal(np.flatnonzero(rates == 1), [0, 33, 67])


@pytest.mark.parametrize(
    ("steps", "cycles", "message"),
    [
        (5, 0, "at least 1, got 0"),
        (2, 3, "at least one step in each, got 3 cycles with a growth of 1 in 2"),
    ],
)
def test_cycles_without_steps(steps, cycles, message):
    with pytest.raises(ValueError, match=f"cycles: expected {message}"):
        cosine_restarts(1.0, steps, cycles=cycles)
