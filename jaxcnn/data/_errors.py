"""The two ways in which getting data fails, and the hint for a missing package."""

import importlib
from types import ModuleType


class DataError(ValueError):
    """A file, archive or pair of data sets whose content is not what it should be."""


class DownloadError(OSError):
    """A download that did not end with the published file on this disk."""


def import_extra(module: str, *, extra: str = "experiments") -> ModuleType:
    """Import a package of one of jaxcnn's extras, or say how to install it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ImportError(
            f"this needs the package {package!r}: pip install 'jaxcnn[{extra}]'"
        ) from error
