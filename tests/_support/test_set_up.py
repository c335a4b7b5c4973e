import subprocess
import sys
from pathlib import Path

import jax
import pytest
import small

from jaxcnn import set_up
from jaxcnn._support import set_up as module
from jaxcnn._support.extras import import_extra
from jaxcnn._support.machine import cpu_cores

DEVICES = "jax_num_cpu_devices"
FOLDER = "jax_compilation_cache_dir"
SECONDS = "jax_persistent_cache_min_compile_time_secs"
VARIABLES = ("JAX_COMPILATION_CACHE_DIR", "JAX_NUM_CPU_DEVICES", "GLIBC_TUNABLES")


@pytest.fixture
def configuration(monkeypatch):
    """What would be set in JAX, without setting it; the user has set nothing."""
    changed: dict[str, str | float] = {}
    monkeypatch.setattr(module, "has_started", lambda: False)
    monkeypatch.setattr(jax.config, "update", changed.__setitem__)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return changed


@pytest.mark.parametrize(
    ("set_by_user", "devices", "expected"),
    [(None, None, cpu_cores()), (None, 5, 5), ("3", None, None), ("3", 5, 5)],
)
def test_each_core_is_a_device_unless_the_user_says_otherwise(
    set_by_user, devices, expected, monkeypatch, configuration
):
    if set_by_user is not None:
        monkeypatch.setenv("JAX_NUM_CPU_DEVICES", set_by_user)
    set_up(devices, cache=False)
    assert configuration.get(DEVICES) == expected
    assert FOLDER not in configuration


def test_programs_are_kept_in_the_users_cache(configuration, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    set_up()
    assert Path(configuration[FOLDER]) == tmp_path / "jaxcnn" / "compiled"
    assert configuration[SECONDS] < 1


def test_a_folder_that_is_named_comes_first(configuration, monkeypatch, tmp_path):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "theirs")
    set_up(cache=tmp_path)
    assert configuration[FOLDER] == str(tmp_path)


def test_what_the_user_has_set_stays(configuration, monkeypatch):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "theirs")
    set_up()
    assert FOLDER not in configuration


def test_no_interactive_session_is_started_again(configuration, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    with pytest.raises(RuntimeError, match="huge_pages: expected a script, got an interactive"):
        set_up(huge_pages=True)
    assert not configuration


@pytest.mark.parametrize(
    ("devices", "error", "message"),
    [
        (0, ValueError, "devices: expected at least 1, got 0"),
        ("2", TypeError, "devices: expected an integer, got '2'"),
    ],
)
def test_bad_numbers_of_devices(devices, error, message, configuration):
    with pytest.raises(error, match=message):
        set_up(devices)
    assert not configuration


def test_it_is_too_late_once_something_was_computed():
    devices = jax.devices()
    with pytest.raises(RuntimeError, match="before JAX computes anything"):
        set_up()
    assert jax.devices() == devices


SCRIPT = """
import os, jax, jaxcnn
jaxcnn.set_up(3, huge_pages=True, cache=False)
print(len(jax.devices("cpu")), os.environ["GLIBC_TUNABLES"])
"""


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="huge pages are asked for on Linux")
def test_a_script_is_started_again_once(tmp_path, monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "script.py").write_text(SCRIPT)
    arguments = [sys.executable, tmp_path / "script.py"]
    result = subprocess.run(arguments, capture_output=True, text=True)
    assert result.stdout == "3 glibc.malloc.hugetlb=1\n", result.stderr


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("jax_disable_jit", True, "JAX_DISABLE_JIT: expected False, got True"),
        (
            "jax_numpy_rank_promotion",
            "raise",
            "RANK_PROMOTION: expected allow, got raise",
        ),
        ("jax_transfer_guard_host_to_device", "disallow", "HOST_TO_DEVICE: expected allow"),
    ],
)
def test_settings_under_which_nothing_can_be_trained_are_named(name, value, expected):
    before = getattr(jax.config, name)
    jax.config.update(name, value)
    try:
        with pytest.raises(ValueError, match=expected):
            small.quick_fit()
    finally:
        jax.config.update(name, before)


def test_a_fork_of_a_process_in_which_jax_runs_is_refused(monkeypatch):
    monkeypatch.setattr(module, "has_started", lambda: True)
    monkeypatch.setattr(module, "_forked_after_start", False)
    module._after_fork()
    with pytest.raises(RuntimeError, match="got a fork of one in which JAX had started"):
        small.quick_fit()


def test_a_missing_package_that_another_one_needs_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.delitem(sys.modules, "PIL.Image", raising=False)
    with pytest.raises(ImportError, match=r"the package 'PIL': pip install pillow$"):
        import_extra("PIL.Image")
