"""Files that options of an experiment name: methods of convolutions, and the augmentation."""

from pathlib import Path

from jaxcnn._support.json_texts import read_text
from jaxcnn.data import Augmentation
from jaxcnn.lowering import MethodTable


def _unreadable(option: str, path: Path, error: OSError) -> OSError:
    why = error.strerror or "there is no such file"
    return type(error)(f"{option}: expected a readable file, got {path} ({why})")


def read_methods(path: Path) -> MethodTable:
    """Read the methods of convolutions from the file of an option.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is invalid.
    """
    try:
        return MethodTable.load(path.expanduser())
    except OSError as error:
        raise _unreadable("methods", path, error) from None


def read_augmentation(path: Path) -> Augmentation:
    """Read the augmentation from the file of an option.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is invalid.
    """
    try:
        return Augmentation.from_json(read_text(path.expanduser()))
    except OSError as error:
        raise _unreadable("augmentation", path, error) from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None
