"""The path of a new file."""

import os
from pathlib import Path

from jaxcnn._support.arguments import check_bool


def check_new_file(path: str | os.PathLike[str], suffix: str, overwrite: bool) -> Path:
    """Return the path of a new file; raise unless one can be written there.

    Args:
        path: The path.
        suffix: The end of its name, such as ``.onnx``.
        overwrite: Whether there may be a file already.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If the name ends in something else.
        FileNotFoundError: If the folder does not exist.
        FileExistsError: If there is a folder of this name, or a file that must not be replaced.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path: expected the path of a file, got {path!r:.80}")
    check_bool("overwrite", overwrite)
    file = Path(path).expanduser()
    if file.suffix.lower() != suffix:
        raise ValueError(f"path: expected a name that ends in {suffix}, got {str(path)!r}")
    if not file.parent.is_dir():
        raise FileNotFoundError(f"{file}: expected an existing folder, got none ({file.parent})")
    if file.is_dir() or (os.path.lexists(file) and not overwrite):
        hint = "" if file.is_dir() else " (overwrite=True replaces it)"
        raise FileExistsError(f"{file}: expected a new file, got one that exists{hint}")
    return file
