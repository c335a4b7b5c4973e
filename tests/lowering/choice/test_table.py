"""A table of methods in place of the preferences."""

import itertools
from functools import cache, partial

import jax
import numpy as np
import pytest
from arrays import normal
from jax import lax

from jaxcnn import functional as F
from jaxcnn.lowering import MethodTable, dispatch, use_methods
from jaxcnn.lowering.choice import NAMES, choose_methods_by, key_of

IMAGES, KERNELS = normal(2, 6, 6, 4), normal(3, 3, 4, 5, seed=1)
RIGHT = lax.conv_general_dilated(
    IMAGES, KERNELS, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
)


@pytest.fixture
def asked(monkeypatch):
    """Makes each method note its name where it is used."""
    key()  # which compiles the convolution
    used = []
    methods = dispatch.methods

    def noting(convolution, machine):
        def note(name, method, *arguments):
            used.append(name)
            return method(*arguments)

        found = methods(convolution, machine)
        return {name: partial(note, name, method) for name, method in found.items()}

    monkeypatch.setattr(dispatch, "methods", noting)
    jax.clear_caches()
    yield used
    jax.clear_caches()


@cache
def key():
    """The key of the convolution of IMAGES and KERNELS."""
    seen = {}
    with choose_methods_by(lambda *arguments: seen.setdefault(key_of(*arguments))):
        jax.jit(lambda *arguments: F.conv(*arguments)).lower(IMAGES, KERNELS)
    (text,) = seen
    return text


def table(name):
    return MethodTable({key(): name})


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["xla", "im2col", "winograd"])
def test_the_named_method_is_used(asked, name):
    with use_methods(table(name)):
        outputs = F.conv(IMAGES, KERNELS)
    assert asked == [name]
    np.testing.assert_allclose(outputs, RIGHT, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("methods", [{}, {"another convolution": "winograd"}])
def test_what_is_not_in_the_table_goes_by_preference(asked, methods):
    F.conv(IMAGES, KERNELS)
    preferred = list(asked)
    with use_methods(MethodTable(methods)):
        F.conv(IMAGES, KERNELS)
    assert asked == 2 * preferred != []


def test_a_method_that_cannot_compute_it_is_not_used(asked):
    with use_methods(table("shifted")):
        np.testing.assert_allclose(F.conv(IMAGES, KERNELS), RIGHT, rtol=1e-4, atol=1e-5)
    assert asked
    assert "shifted" not in asked


@pytest.mark.thorough
def test_the_innermost_table_is_used_and_leaving_puts_the_outer_back(asked):
    outer, inner = table("im2col"), table("winograd")
    with use_methods(outer):
        with use_methods(inner), use_methods(outer):
            F.conv(IMAGES, KERNELS)
        with use_methods(inner):
            F.conv(IMAGES, KERNELS)
        F.conv(IMAGES, KERNELS)
    F.conv(IMAGES, KERNELS)
    assert asked[:3] == ["im2col", "winograd", "im2col"]
    assert len(asked) == 4


def test_an_error_inside_takes_the_table_away(asked):
    named = table("winograd")
    with pytest.raises(ZeroDivisionError), use_methods(named):
        raise ZeroDivisionError
    F.conv(IMAGES, KERNELS)
    assert "winograd" not in asked


def test_a_table_from_a_file(tmp_path):
    written = table("winograd")
    (tmp_path / "methods.json").write_text(written.to_json(indent=1))
    assert MethodTable.load(tmp_path / "methods.json") == written


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "methods.json: expected JSON, got .*Expecting property name"),
        ("[]", "version: expected 2, got None"),
        ('{"version": 1, "methods": {}}', "version: expected 2, got 1"),
        ('{"version": 2}', "methods: expected names by convolution, got None"),
        (
            '{"version": 2, "methods": {"a": 3}}',
            "methods: expected names by convolution, got {'a': 3}",
        ),
        (
            '{"version": 2, "methods": {"a": "fft"}}',
            "methods: expected one of .*im2col.*, got 'fft'",
        ),
    ],
)
def test_files_that_are_no_tables(tmp_path, content, message):
    path = tmp_path / "methods.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=message):
        MethodTable.load(path)


@pytest.mark.parametrize("table", ["methods.json", None, {}])
def test_what_is_no_table(table):
    with (
        pytest.raises(TypeError, match=r"table: expected a MethodTable"),
        use_methods(table),
    ):
        pass


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"nowhere.json: expected a table of methods, got no file"
    ):
        MethodTable.load(tmp_path / "nowhere.json")


LAYERS = [
    {},
    {"strides": 2},
    {"kernel_dilation": 2},
    {"padding": "VALID"},
    {"feature_group_count": 2},
    {"feature_group_count": 4},
]


def every_layer(images, kernels):
    """All layers and their gradients, in two precisions."""
    results = []
    for options, precision in itertools.product(LAYERS, ("default", "highest")):
        own = kernels[:, :, : 4 // options.get("feature_group_count", 1)]
        with jax.default_matmul_precision(precision):
            outputs, gradients = jax.vjp(partial(F.conv, **options), images, own)
            results += [outputs, *gradients(outputs)]
    return results


def test_all_methods_can_be_named_and_keys_tell_convolutions_apart():
    found = {}
    with choose_methods_by(lambda convolution, machine: found.setdefault((convolution, machine))):
        jax.jit(every_layer).lower(normal(2, 6, 6, 4), normal(3, 3, 4, 8))
    names = {name for pair in found for name in dispatch.methods(*pair)}
    assert {"xla", "phases", "shifted", "im2col", "winograd"} <= names <= NAMES
    assert len({key_of(*pair) for pair in found}) == len(found) >= 6 * len(LAYERS)
