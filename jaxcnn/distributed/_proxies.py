"""Hide JAX's warning of proxies where the environment only says what needs no proxy."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

LOGGER = "jax._src.distributed"
WARNING = "JAX detected proxy variable"
EXCEPTIONS = ("no_proxy", "no_grpc_proxy")
"""Variables that name hosts without a proxy; `jaxcnn launch` sets the second one."""


@contextmanager
def without_needless_warning() -> Iterator[None]:
    """Hide the warning within a block, unless a variable of the environment names a proxy."""
    logger = logging.getLogger(LOGGER)
    logger.addFilter(_is_needed)
    try:
        yield
    finally:
        logger.removeFilter(_is_needed)


def _is_needed(record: logging.LogRecord) -> bool:
    if not record.getMessage().startswith(WARNING):
        return True
    names = (name.lower() for name in os.environ)
    return any("_proxy" in name and name not in EXCEPTIONS for name in names)
