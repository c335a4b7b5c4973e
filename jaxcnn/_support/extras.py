"""Import of optional packages."""

import importlib
from types import ModuleType


def import_extra(module: str, *, extra: str | None = "experiments") -> ModuleType:
    """Import a module of an optional package; the ImportError says how to install it.

    Args:
        module: The module's name.
        extra: The extra of jaxcnn that installs the package; None: it is installed by itself.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        # A package that is there may need another one that is missing, as matplotlib needs Pillow.
        package = (error.name or module).partition(".")[0]
        wanted = package if extra is None else f"'jaxcnn[{extra}]'"
        raise ImportError(f"this needs the package {package!r}: pip install {wanted}") from error
