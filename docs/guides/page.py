"""What the scripts of the guides show their pictures by."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURES = Path(__file__).parent / "pictures"


def show(figure: "Figure", name: str, *, alt: str) -> None:
    """Save a figure as `pictures/NAME.png` and print the Markdown that shows it."""
    save(figure, picture(f"{name}.png", alt=alt))


def picture(name: str, *, alt: str) -> Path:
    """Return where to write a picture, and print the Markdown that shows it."""
    print(f"![{alt}](pictures/{name})")
    return PICTURES / name


def save(figure: "Figure", path: Path) -> None:
    """Save a figure with 256 colors at most, which makes files small."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    image = Image.open(drawn).convert("RGB")
    image.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
