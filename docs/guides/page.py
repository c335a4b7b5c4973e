"""What the scripts of the guides show their pictures by, also where they run as notebooks."""

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURES = Path(__file__).parent / "pictures"


def show(figure: "Figure", name: str, *, alt: str) -> None:
    """Save a figure as `pictures/NAME.png` and print the Markdown that shows it."""
    save(figure, picture(f"{name}.png", alt=alt))


def picture(name: str, *, alt: str) -> Path:
    """Return where to write a picture, and print the Markdown that shows it.

    In a notebook the picture itself is shown, when the cell has run.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    if shell:
        _show_after_cell(shell, PICTURES / name, alt)
    else:
        print(f"![{alt}](pictures/{name})")
    return PICTURES / name


def _show_after_cell(shell: Any, path: Path, alt: str) -> None:
    def show_picture(_result: object) -> None:
        shell.events.unregister("post_run_cell", show_picture)
        display = sys.modules["IPython.display"]
        display.display(display.Image(filename=str(path), alt=alt))

    shell.events.register("post_run_cell", show_picture)


def save(figure: "Figure", path: Path) -> None:
    """Save a figure with 256 colors at most, which makes files small."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    image = Image.open(drawn).convert("RGB")
    image.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
