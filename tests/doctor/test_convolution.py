import jax
import numpy as np
import pytest
import reference_numpy
from jax import lax

from jaxcnn.doctor import _convolution as doctor
from jaxcnn.lowering import dispatch, onednn_support
from jaxcnn.lowering.choice import choose_methods_by, preferred


def test_the_loops_are_a_convolution_and_its_gradients():
    """Against another oracle; the gradients by the definition of a transpose."""
    rng = np.random.default_rng(1)
    images, kernel = rng.normal(size=(2, 5, 4, 3)), rng.normal(size=(3, 3, 3, 2))
    cotangent = rng.normal(size=(2, 5, 4, 2))
    found = doctor.loop_results(images, kernel, cotangent)
    expected = reference_numpy.conv_nd(images, kernel, (1, 1), ((1, 1), (1, 1)))
    np.testing.assert_allclose(found.forward, expected)
    product = (found.forward * cotangent).sum()
    assert (found.input_gradient * images).sum() == pytest.approx(product)
    assert (found.kernel_gradient * kernel).sum() == pytest.approx(product)


@pytest.mark.thorough
def test_both_convolutions_are_right_and_jaxcnns_is_its_own():
    asked = []

    def note(convolution, machine):
        names = frozenset(dispatch.methods(convolution, machine))
        asked.append(preferred(convolution, names, machine))

    with choose_methods_by(note):
        findings = [doctor.check_xla(), doctor.check_jaxcnn()]
    assert asked == [("onednn" if onednn_support().is_usable else "winograd")] * 3
    for finding in findings:
        assert not finding.broken
        assert finding.advice == ()
        assert "forward" in finding.found
        assert "1e-04" in finding.found


def scaled(forward=1.0, input_gradient=1.0, kernel_gradient=1.0):
    """XLA's convolution, its results multiplied."""

    def right(images, kernel):
        axes = ("NHWC", "HWIO", "NHWC")
        return lax.conv_general_dilated(images, kernel, (1, 1), "SAME", dimension_numbers=axes)

    @jax.custom_vjp
    def wrong(images, kernel):
        return forward * right(images, kernel)

    def transpose(pull_back, cotangent):
        images, kernel = pull_back(cotangent)
        return input_gradient * images, kernel_gradient * kernel

    def wrong_with_residuals(images, kernel):
        outputs, pull_back = jax.vjp(right, images, kernel)
        return forward * outputs, pull_back

    wrong.defvjp(wrong_with_residuals, transpose)
    return lambda images, kernel, *_, **__: wrong(images, kernel)


@pytest.mark.parametrize(
    ("factors", "broken"),
    [
        ({}, False),
        ({"forward": float("nan")}, True),
        ({"input_gradient": 1.01}, True),
        ({"kernel_gradient": 0.0}, True),
    ],
)
def test_a_wrong_convolution_is_broken(factors, broken, monkeypatch):
    monkeypatch.setattr(doctor, "EXAMPLES_AND_SIZE", (1, 3, 3))
    monkeypatch.setattr(doctor, "CHANNELS", 2)
    finding = doctor.check_convolution("mine", scaled(**factors))
    assert finding.broken is broken
    assert bool(finding.advice) is broken
