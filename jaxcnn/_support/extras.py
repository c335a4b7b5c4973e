"""Import of optional packages."""

import importlib
from types import ModuleType


def import_extra(module: str, *, extra: str = "experiments") -> ModuleType:
    """Import a module of an optional package; the ImportError says how to install it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ImportError(
            f"this needs the package {package!r}: pip install 'jaxcnn[{extra}]'"
        ) from error
