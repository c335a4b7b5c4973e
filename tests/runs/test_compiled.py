from pathlib import Path

import jax
import pytest

from jaxcnn.runs._compiled import keep_compiled_programs

FOLDER = "jax_compilation_cache_dir"
SECONDS = "jax_persistent_cache_min_compile_time_secs"


@pytest.fixture(autouse=True)
def configuration(monkeypatch):
    """What would be set in JAX, without setting it; the user has set nothing."""
    changed: dict[str, str | float] = {}
    monkeypatch.setattr(jax.config, "update", changed.__setitem__)
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
    return changed


def test_programs_are_kept_in_the_users_cache(configuration, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    keep_compiled_programs()
    assert Path(configuration[FOLDER]) == tmp_path / "jaxcnn" / "compiled"
    assert configuration[SECONDS] < 1


def test_a_folder_that_is_named_comes_first(configuration, monkeypatch, tmp_path):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "theirs")
    keep_compiled_programs(tmp_path)
    assert configuration[FOLDER] == str(tmp_path)


def test_what_the_user_has_set_stays(configuration, monkeypatch):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "theirs")
    keep_compiled_programs()
    assert not configuration
