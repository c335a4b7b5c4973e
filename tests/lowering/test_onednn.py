"""Whether oneDNN is used, what keeps it safe, and how its self-test notices faults."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from arrays import normal
from compiling import jit_quickly
from jax import export

from jaxcnn import functional as F
from jaxcnn.lowering import _onednn_support as support
from jaxcnn.lowering import dispatch, onednn_self_test, onednn_support
from jaxcnn.lowering._uncached import keep_out_of_cache
from jaxcnn.lowering.methods import FUSED_ACTIVATIONS, by_onednn
from jaxcnn.lowering.onednn_self_test import (
    CASES,
    PRODUCT,
    Case,
    compare,
    compare_fused,
    fused_cases,
)

ONE = Case((16, 4, 4, 8), (3, 3, 8, 8))

needs_onednn = pytest.mark.skipif(
    not onednn_support().is_usable, reason=f"oneDNN is {onednn_support().reason}"
)


ON_A_FRESH_MACHINE = pytest.mark.usefixtures("fresh")


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """No answer is known yet, and the folder of answers is empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv(support.VARIABLE, raising=False)
    monkeypatch.setattr(support.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(support.sys, "platform", "linux")
    monkeypatch.setattr(support.importlib.metadata, "version", lambda _: support.VERSIONS[0])
    support.onednn_support.cache_clear()
    yield tmp_path
    support.onednn_support.cache_clear()


def self_test_that(monkeypatch, *, status=0, stderr="", error=None):
    """Replaces the process of the self-test; returns the list of its runs."""
    runs = []

    def run(command, **keywords):
        runs.append(keywords["env"])
        if error is not None:
            raise error
        return subprocess.CompletedProcess(command, status, "", stderr)

    monkeypatch.setattr(support.subprocess, "run", run)
    return runs


@ON_A_FRESH_MACHINE
def test_the_self_test_runs_once_per_machine(monkeypatch):
    runs = self_test_that(monkeypatch)
    first = support.onednn_support()
    support.onednn_support.cache_clear()  # as in another process
    assert support.onednn_support() == first
    assert first.is_usable
    assert "tested" in first.reason
    assert [run[support.VARIABLE] for run in runs] == ["untested"]


@ON_A_FRESH_MACHINE
def test_another_jaxlib_is_tested_anew(monkeypatch):
    runs = self_test_that(monkeypatch)
    for version in support.VERSIONS:
        monkeypatch.setattr(support.importlib.metadata, "version", lambda _, v=version: v)
        support.onednn_support.cache_clear()
        support.onednn_support()
    assert len(runs) == len(support.VERSIONS)


@pytest.mark.parametrize(
    ("status", "stderr", "reason"),
    [(1, "kernel gradient: expected errors", "kernel gradient"), (-6, "", "status -6")],
)
@ON_A_FRESH_MACHINE
def test_a_self_test_that_fails_turns_it_off_for_good(monkeypatch, status, stderr, reason):
    runs = self_test_that(monkeypatch, status=status, stderr=stderr)
    for _ in range(2):
        support.onednn_support.cache_clear()
        found = support.onednn_support()
        assert not found.is_usable
        assert reason in found.reason
    assert len(runs) == 1


@ON_A_FRESH_MACHINE
def test_a_self_test_that_hangs_is_tried_again(monkeypatch):
    runs = self_test_that(monkeypatch, error=subprocess.TimeoutExpired("python", 120))
    for _ in range(2):
        support.onednn_support.cache_clear()
        assert not support.onednn_support().is_usable
    assert len(runs) == 2


@ON_A_FRESH_MACHINE
@pytest.mark.parametrize("signal", [2, 9, 15])
def test_a_self_test_that_is_killed_is_tried_again(monkeypatch, signal):
    runs = self_test_that(monkeypatch, status=-signal)
    for _ in range(2):
        support.onednn_support.cache_clear()
        assert not support.onednn_support().is_usable
    assert len(runs) == 2


@ON_A_FRESH_MACHINE
def test_settings_of_onednn_are_tested_anew(monkeypatch):
    runs = self_test_that(monkeypatch)
    for value in ("STRICT", "BF16"):
        monkeypatch.setenv("ONEDNN_DEFAULT_FPMATH_MODE", value)
        support.onednn_support.cache_clear()
        support.onednn_support()
    assert len(runs) == 2


@ON_A_FRESH_MACHINE
def test_without_a_home_nothing_is_kept(monkeypatch):
    def home():
        raise RuntimeError("no home")

    self_test_that(monkeypatch)
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(support.Path, "home", home)
    assert support.onednn_support().is_usable


def test_the_self_test_imports_nothing_from_the_current_folder(tmp_path, monkeypatch):
    (tmp_path / "this.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(support, "SELF_TEST", "this")  # a module of Python that prints
    status, output = support._run_self_test()
    assert (status, "Zen" in output) == (0, True)


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"fault": 0}garbage'])
def test_a_damaged_answer_is_replaced(fresh, monkeypatch, content):
    runs = self_test_that(monkeypatch)
    support.onednn_support()
    (answer,) = (fresh / "jaxcnn").iterdir()
    answer.write_text(content)
    support.onednn_support.cache_clear()
    assert support.onednn_support().is_usable
    assert len(runs) == 2


@pytest.mark.parametrize(
    ("system", "machine", "version"),
    [
        ("darwin", "x86_64", support.VERSIONS[0]),
        ("linux", "aarch64", support.VERSIONS[0]),
        ("linux", "x86_64", "99.0.0"),
    ],
)
@ON_A_FRESH_MACHINE
def test_elsewhere_nothing_is_tried(monkeypatch, system, machine, version):
    runs = self_test_that(monkeypatch)
    monkeypatch.setattr(support.sys, "platform", system)
    monkeypatch.setattr(support.platform, "machine", lambda: machine)
    monkeypatch.setattr(support.importlib.metadata, "version", lambda _: version)
    found = support.onednn_support()
    assert not found.is_usable
    assert "tested only" in found.reason
    assert runs == []


@ON_A_FRESH_MACHINE
def test_the_environment_turns_it_off(monkeypatch):
    runs = self_test_that(monkeypatch)
    monkeypatch.setenv(support.VARIABLE, "0")
    assert support.onednn_support() == (False, "turned off by JAXCNN_ONEDNN=0")
    assert runs == []


@ON_A_FRESH_MACHINE
def test_an_unknown_value_is_named(monkeypatch):
    monkeypatch.setenv(support.VARIABLE, "yes")
    with pytest.raises(ValueError, match="JAXCNN_ONEDNN: expected 0, 1 or untested, got yes"):
        support.onednn_support()


@pytest.mark.thorough
@needs_onednn
def test_the_self_test_finds_nothing_wrong():
    assert compare(ONE) == ""


# The kernel of a depthwise kernel gradient is a tall image: here it reaches over whole images, the
# images fill several blocks, one image is more than a block, and the last block is a smaller one.
TALL = (
    Case((8, 2, 40, 32), (7, 7, 1, 32), padding=((3, 3), (3, 3)), groups=32),
    Case((6, 48, 40, 20), (5, 3, 1, 20), padding=((2, 2), (1, 1)), groups=20),
    Case((90, 12, 12, 16), (3, 3, 1, 16), stride=2, padding=((0, 1), (0, 1)), groups=16),
    Case((1, 12, 12, 16), (3, 3, 1, 16), groups=16),
    Case((61, 12, 12, 16), (3, 3, 1, 16), padding=((1, 1), (1, 1)), groups=16),
)


@needs_onednn
@pytest.mark.slow
@pytest.mark.parametrize("case", CASES + TALL)
def test_no_case_of_the_self_test_is_wrong(case):
    assert compare(case) == ""


@needs_onednn
@pytest.mark.slow
def test_no_fused_case_of_the_self_test_is_wrong():
    assert compare_fused() == ""


def test_the_self_test_calls_each_activation_after_both_kinds_of_calls():
    expected = {None, *FUSED_ACTIVATIONS}
    for is_product in (True, False):
        found = {name for case, name in fused_cases() if (case == PRODUCT) == is_product}
        assert found == expected


@needs_onednn
@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda array: array * 1.001, "forward: expected errors up to 1e-05"),
        (lambda array: array * jnp.nan, "forward: expected errors up to 1e-05"),
    ],
)
def test_the_self_test_notices_wrong_values(monkeypatch, wrong, named):
    monkeypatch.setattr(
        dispatch, "by_onednn", lambda *args, **budget: wrong(by_onednn(*args, **budget))
    )
    assert named in compare(ONE)


def test_the_self_test_is_not_run_by_accident(monkeypatch):
    monkeypatch.setenv(support.VARIABLE, "1")
    with pytest.raises(SystemExit, match="expected untested"):
        onednn_self_test.main()


def convolve(images, kernel):
    return F.conv(images, kernel)


ARRAYS = np.ones((16, 8, 8, 16), np.float32), np.ones((3, 3, 16, 32), np.float32)


@needs_onednn
def test_exported_programs_do_not_call_it():
    convolve_jit = jax.jit(convolve)
    assert support.ONEDNN_TARGET in convolve_jit.lower(*ARRAYS).as_text()
    exported = export.export(convolve_jit)(*ARRAYS)
    assert support.ONEDNN_TARGET not in exported.mlir_module()
    np.testing.assert_allclose(exported.call(*ARRAYS), convolve_jit(*ARRAYS), rtol=1e-6)


@pytest.mark.thorough
@needs_onednn
@pytest.mark.parametrize("padding", [(4, -3), (-3, 4), (2, -1), (-1, -1)])
def test_padding_on_one_side_and_cropping_on_the_other(padding):
    images, kernel = normal(3, 4, 2, 5), normal(1, 2, 5, 6, seed=1)
    pads = ((0, 0), padding)

    def by(convolve):
        def results(images, kernel):
            outputs, pull_back = jax.vjp(convolve, images, kernel)
            return outputs, *pull_back(jnp.ones_like(outputs))

        return jit_quickly(results)(images, kernel)

    layout = ("NHWC", "HWIO", "NHWC")
    found = by(lambda x, k: F.conv_general_dilated(x, k, (1, 1), pads, dimension_numbers=layout))

    def wide(x):
        return jax.lax.pad(x, 0.0, [(0, 0, 0), (0, 0, 0), (*padding, 0), (0, 0, 0)])

    exact = by(
        lambda x, k: jax.lax.conv_general_dilated(
            wide(x), k, (1, 1), "VALID", dimension_numbers=layout
        )
    )
    for mine, right in zip(found, exact, strict=True):
        np.testing.assert_allclose(mine, right, atol=1e-5)


@needs_onednn
@pytest.mark.parametrize("dtype", [np.float64, jnp.bfloat16, np.float16])
def test_it_is_only_given_float32(dtype):
    with jax.enable_x64(True):
        images, kernel = (jnp.asarray(array, dtype) for array in ARRAYS)
        text = jax.jit(convolve).lower(images, kernel).as_text()
    calls = [line for line in text.splitlines() if support.ONEDNN_TARGET in line]
    assert bool(calls) == (np.dtype(dtype).itemsize < 4)
    assert all("f64" not in call and "f16" not in call for call in calls)


@pytest.mark.thorough
@needs_onednn
def test_jaxs_cache_leaves_out_programs_that_call_it(tmp_path):
    program = (
        "import jax, jax.numpy as jnp\n"
        "from jaxcnn import functional as F\n"
        f"jax.config.update('jax_compilation_cache_dir', {str(tmp_path)!r})\n"
        "jax.config.update('jax_persistent_cache_min_compile_time_secs', 0.0)\n"
        "def convolution(x): return F.conv(x, jnp.ones((3, 3, 16, 16)))\n"
        "def double(x): return 2 * x\n"
        "images = jax.numpy.zeros((16, 8, 8, 16))\n"
        "jax.jit(convolution)(images), jax.jit(double)(images)\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
    kept = {path.name.split("-")[0] for path in tmp_path.iterdir()}
    assert "jit_double" in kept
    assert "jit_convolution" not in kept


def test_jaxs_writer_is_replaced_once(monkeypatch):
    written = []
    monkeypatch.setattr(
        "jax._src.compilation_cache.put_executable_and_time", lambda *a: written.append(a[1])
    )
    keep_out_of_cache(support.ONEDNN_PREFIX)
    from jax._src import compilation_cache

    replaced = compilation_cache.put_executable_and_time
    keep_out_of_cache(support.ONEDNN_PREFIX)
    assert compilation_cache.put_executable_and_time is replaced
