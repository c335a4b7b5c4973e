"""How all tests compile, those in docstrings too."""

import gc
import shutil
import tempfile

import jax
import pytest

# As in a run on a CPU whose cores are devices; three, so that batches do not divide evenly.
jax.config.update("jax_num_cpu_devices", 3)

# Python looks for garbage after every 700 allocations, and JAX allocates a great deal that stays:
# to look seldom saves a tenth of the time.
gc.set_threshold(500_000, 50, 100)

# Nearly all of the time goes into compiling small arithmetic, which need not be fast; only the
# folders that are about compiled programs compile them as users do. Pooling compares and copies
# numbers, which gives the same bits in any program.
COMPILED_AS_FOR_USERS = {"experiments", "lowering"}
COMPILED_QUICKLY_THERE = {"pooling"}
QUICKLY = "jax_disable_most_optimizations"
jax.config.update(QUICKLY, True)  # also while tests are collected


@pytest.fixture(scope="module", autouse=True)
def compiled_quickly(request):
    """Switches most of XLA's optimizations off for a file of tests."""
    folders = request.path.relative_to(request.config.rootpath).parts
    as_for_users = not COMPILED_AS_FOR_USERS.isdisjoint(folders)
    jax.config.update(QUICKLY, not as_for_users or not COMPILED_QUICKLY_THERE.isdisjoint(folders))
    yield
    jax.config.update(QUICKLY, True)


def pytest_configure(config):
    """Shares what is compiled between the processes of a session, and with no other session."""
    worker = getattr(config, "workerinput", None)
    if worker is None:
        config.compiled = tempfile.mkdtemp(prefix="jaxcnn-compiled-")
        config.add_cleanup(lambda: shutil.rmtree(config.compiled, ignore_errors=True))
    folder = worker["compiled"] if worker else config.compiled
    jax.config.update("jax_compilation_cache_dir", folder)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.02)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Tells a process of pytest-xdist the folder."""
    node.workerinput["compiled"] = node.config.compiled
