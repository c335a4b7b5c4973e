import jax
import pytest

# As in a run on a CPU whose cores are devices; three, so that batches do not divide evenly.
jax.config.update("jax_num_cpu_devices", 3)

# Where nearly all of the time goes into compiling small arithmetic, the code need not be fast.
COMPILED_QUICKLY = {"data"}


@pytest.fixture(scope="module", autouse=True)
def compiled_quickly(request):
    quickly = request.path.parent.name in COMPILED_QUICKLY
    jax.config.update("jax_disable_most_optimizations", quickly)
    yield
    jax.config.update("jax_disable_most_optimizations", False)
