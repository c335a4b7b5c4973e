"""What the scripts of the guides show their pictures by."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURES = Path(__file__).parent / "pictures"


def show(figure: "Figure", name: str, *, alt: str) -> None:
    """Save a figure as `pictures/NAME.png` and print the Markdown that shows it."""
    path = picture(f"{name}.png", alt=alt)
    figure.savefig(path, metadata={"Software": None}, pil_kwargs={"optimize": True})


def picture(name: str, *, alt: str) -> Path:
    """Return where to write a picture, and print the Markdown that shows it."""
    print(f"![{alt}](pictures/{name})")
    return PICTURES / name
