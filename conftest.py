"""How all tests compile, those in docstrings too."""

import gc

import jax
import pytest

# As in a run on a CPU whose cores are devices; three, so that batches do not divide evenly.
jax.config.update("jax_num_cpu_devices", 3)

# Python looks for garbage after every 700 allocations, and JAX allocates a great deal that stays:
# to look seldom saves a tenth of the time.
gc.set_threshold(500_000, 50, 100)

# Nearly all of the time goes into compiling small arithmetic, which need not be fast; only the
# folders that are about compiled programs compile them as users do.
COMPILED_AS_FOR_USERS = {"experiments", "lowering"}


@pytest.fixture(scope="module", autouse=True)
def compiled_quickly(request):
    """Switches most of XLA's optimisations off for a file of tests."""
    folders = request.path.relative_to(request.config.rootpath).parts
    quickly = COMPILED_AS_FOR_USERS.isdisjoint(folders)
    jax.config.update("jax_disable_most_optimizations", quickly)
    yield
    jax.config.update("jax_disable_most_optimizations", False)
