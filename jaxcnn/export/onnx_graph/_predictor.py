"""Write ``predict.py`` beside an exported file: it predicts without JAX and jaxcnn."""

from pathlib import Path

from jaxcnn._support.files import write_whole

NAME = "predict.py"
"""The name of the script."""

TEMPLATE = Path(__file__).parent / "predictor" / NAME
"""The script itself, the same for all networks: it reads from the file what it has to know."""


def check_predictor(folder: Path, overwrite: bool) -> None:
    """Raise FileExistsError if a folder has another file of the script's name."""
    path = folder / NAME
    if not path.exists() or overwrite or path.read_bytes() == TEMPLATE.read_bytes():
        return
    raise FileExistsError(
        f"{path}: expected no other file of this name, got one (overwrite=True replaces it, "
        "predictor=False leaves it)"
    )


def write_predictor(folder: Path) -> Path:
    """Write the script, and return its path."""
    path = folder / NAME
    write_whole(path, TEMPLATE.read_bytes())
    return path
