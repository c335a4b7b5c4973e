"""Turn the guides into notebooks, in the folder `notebooks`, where nothing of the repository lies.

    make notebooks
    .venv/bin/jupyter nbconvert --to notebook --execute --inplace notebooks/01_*.ipynb

Their pictures show below the cells. In a notebook, links lead to notebooks.
"""

# pyright: reportMissingImports=false
# Jupytext is installed for the site alone.

import re
import shutil
from pathlib import Path

import jupytext

ROOT = Path(__file__).parents[1]
GUIDES = ROOT / "docs" / "guides"
HELPERS = ("page.py", "drawing.py")
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def write_notebooks(folder: Path) -> list[Path]:
    """Write a notebook for each guide, and the modules that guides import beside them."""
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    for name in HELPERS:
        shutil.copyfile(GUIDES / name, folder / name)
    return [_write(script, folder) for script in sorted(GUIDES.glob("[0-9][0-9]_*.py"))]


def _write(script: Path, folder: Path) -> Path:
    notebook = jupytext.read(script, fmt="py:percent")
    notebook.metadata["kernelspec"] = _KERNEL
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"\]\((\d\d_\w+)\.md", r"](\1.ipynb", cell.source)
    path = folder / f"{script.stem}.ipynb"
    jupytext.write(notebook, path)
    return path


if __name__ == "__main__":
    for path in write_notebooks(ROOT / "notebooks"):
        print(path.relative_to(ROOT))
