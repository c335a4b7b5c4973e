import importlib.metadata
import tomllib
from pathlib import Path

import jax
import pytest

from jaxcnn.doctor import _software as doctor

GB = 10**9


def test_a_package_that_is_missing_is_named_with_its_use():
    packages = {"numpy": "arrays", "no-such-package": "nothing"}
    finding = doctor.check_packages(packages)
    assert finding.found == f"numpy {importlib.metadata.version('numpy')}"
    advice = "For nothing (no-such-package): pip install 'jaxcnn[experiments]'."
    assert finding.advice == (advice,)


def test_packages_are_installed_by_the_extra_that_has_them():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    for name in doctor.OPTIONAL:
        extra = extras[doctor.EXTRAS.get(name, "experiments")]
        assert any(requirement.startswith(f"{name}>=") for requirement in extra)


@pytest.mark.parametrize("name", doctor.SLOW)
def test_slow_settings_are_jaxs_and_named(name):
    assert isinstance(getattr(jax.config, name), bool)
    finding = doctor.judge_flags({name: True}, "--xla_dump_to=x")
    assert finding.found == f"{name}, XLA_FLAGS=--xla_dump_to=x"
    assert finding.advice[0].startswith(f"{name} is on: ")


def test_settings_as_they_come():
    assert doctor.judge_flags(dict.fromkeys(doctor.SLOW, False), None).found == "defaults"
    with jax.debug_nans(True):
        assert doctor.check_flags().found.startswith("jax_debug_nans")


@pytest.mark.parametrize(
    ("is_on", "free", "found", "advice"),
    [
        (True, 5 * GB, "cached in", []),
        (False, 5 * GB, "not cached; those of the experiments in", ["JAX_COMPILATION_CACHE_DIR"]),
        (True, GB // 2, "cached in", ["0.5 GB are free"]),
    ],
)
def test_compiled_programs(tmp_path, is_on, free, found, advice):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "program").write_bytes(bytes(3_000_000))
    finding = doctor.judge_cache(is_on, tmp_path, free)
    assert finding.found.startswith(f"{found} {tmp_path} (3 MB")
    assert len(finding.advice) == len(advice)
    assert all(part in text for part, text in zip(advice, finding.advice, strict=True))


def test_a_cache_that_is_not_there_yet(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "compilation_cache", lambda: tmp_path / "a" / "b")
    kept = jax.config.values["jax_compilation_cache_dir"]  # that of the tests
    jax.config.update("jax_compilation_cache_dir", None)
    try:
        found = doctor.check_cache().found
    finally:
        jax.config.update("jax_compilation_cache_dir", kept)
    assert f"{tmp_path / 'a' / 'b'} (0 MB" in found


def test_data_sets(tmp_path, monkeypatch):
    monkeypatch.setenv("JAXCNN_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert "downloads CIFAR-10" in doctor.check_data().advice[0]
    (tmp_path / "mnist").mkdir()
    finding = doctor.check_data()
    assert finding.found == f"MNIST in {tmp_path / 'mnist'}"
    assert finding.advice == ()
