"""`gallery_report`: an HTML page of what channels respond to, layer by layer."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import jax
import numpy as np
from flax import nnx

from jaxcnn._support.files import write_whole
from jaxcnn._version import __version__
from jaxcnn.explain import ChannelGallery, LayerGallery, channel_gallery
from jaxcnn.layers import Layer
from jaxcnn.reports._document import contents, document, main_of, output_path
from jaxcnn.reports._headline import title_of
from jaxcnn.reports._html import Content, Html, MissingError, Section, element, joined
from jaxcnn.reports._inline_images import image
from jaxcnn.reports._run_folder import RunFolder, read_run_folder

FILE = "gallery.html"

STYLE = """
.channels { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr));
  gap: 1.1rem; list-style: none; padding: 0; margin: 1rem 0; max-width: none; }
section > .channels { max-width: none; }
.channels > li { display: grid; grid-template-columns: 1.25fr 1fr; gap: 0.25rem; }
.channels p { grid-column: 1 / -1; margin: 0; font-size: 0.82rem; line-height: 1.35; }
.channels img { display: block; width: 100%; height: auto; image-rendering: pixelated; }
.channels .real img {
  background: repeating-linear-gradient(45deg, #fff 0 3px, #8a949e 3px 4px);
}
.channels .made { align-self: start; border-radius: 3px; }
.channels .real {
  display: grid; grid-template-columns: 1fr 1fr; gap: 0.2rem; align-content: start;
}
"""

LEAD = (
    "A channel is a detector that looks at each place of an image. At the left of each channel is "
    "a picture that was made for it, step by step, so that its response in the middle becomes as "
    "large as possible. At the right are the parts of {images} to which it responds most. What "
    "these pictures have in common is what the channel detects."
)

HOW_IT_IS_MADE = (
    "The made pictures are smooth, and have the contrast of the training images{colors}; without "
    "such limits, most would be noise. Real images have no such limits, so that some of them get "
    "larger responses. A unit of the first layer sees so few pixels that its picture is little "
    "more than its weights, which often look like noise. Made pictures do not show all that a "
    "channel responds to: look at the real images, too. Numbers are responses before the "
    "activation; only numbers of the same channel can be compared. Where a part reaches beyond the "
    "edge of its image, it is hatched."
)

LIKE_PHOTOGRAPHS = "; their colors vary as in photographs"


def gallery_report(
    folder: str | os.PathLike[str],
    *,
    out: str | os.PathLike[str] | None = None,
    model: nnx.Module | None = None,
    layers: tuple[type[Layer], ...] = (),
    layer_names: Sequence[str] | None = None,
    channels: int = 12,
    steps: int = 160,
    seed: int = 0,
    progress: bool = False,
) -> Path:
    """Write an HTML page of what the channels of a run's network respond to, layer by layer.

    For up to eight convolutions, and for the classes, the page shows pictures that were made to be
    responded to, and the real test images with the largest responses. It is one file without
    scripts.

    Args:
        folder: The folder of a saved run.
        out: The file to write. None means ``gallery.html`` in the folder of the run.
        model: For a network that was trained from a custom `nnx.Module`, a module of the same
            structure.
        layers: Custom layer classes that the architecture uses.
        layer_names: The names of the layers to show, as in `jaxcnn.explain.layer_names`. None means
            up to eight convolutions, and the classes.
        channels: Largest number of channels per layer.
        steps: Number of steps in which each picture is made.
        seed: Seed of the pictures.
        progress: Whether to print a line on standard error when each layer starts.

    Returns:
        The path of the file.

    Raises:
        FileNotFoundError: If `folder` has no run, or the folder of `out` does not exist.
        OSError: If the file cannot be written.
        ValueError: If the network does not take gray or color images, there is no such layer, a
            number is less than 1, or a file in the folder is damaged.

    Example::

        jaxcnn.reports.gallery_report("runs/mine")      # runs/mine/gallery.html
    """
    run = read_run_folder(folder, model, layers)
    path = output_path(run.folder / FILE if out is None else out)
    try:
        network = run.network
    except MissingError as error:
        raise ValueError(f"{run.folder}: {error}") from None
    images = None if run.test is None else run.test.images
    found = channel_gallery(
        network,
        images,
        key=jax.random.key(seed),
        layers=layer_names,
        channels=channels,
        steps=steps,
        progress=progress,
    )
    write_whole(path, _page(run, found).encode())
    return path


def _page(run: RunFolder, found: ChannelGallery) -> str:
    title = f"What channels respond to: {title_of(run)}"
    sections = [_section(k, layer) for k, layer in enumerate(found.layers)]
    notes = [element("p", LEAD.format(images=_real_images(run)), class_="interval")]
    if run.test is None:
        without = "The run was saved without test images, so there are no real ones beside them."
        notes.append(element("p", without, class_="interval"))
    colors = LIKE_PHOTOGRAPHS if run.interface.input_shape[-1] == 3 else ""
    notes.append(element("p", HOW_IT_IS_MADE.format(colors=colors), class_="note"))
    return document(
        title,
        element("header", element("h1", title), *notes),
        contents(sections),
        main_of(sections),
        element("footer", f"Made by jaxcnn {__version__} from the run's folder."),
        style=STYLE,
    )


def _real_images(run: RunFolder) -> str:
    return "real images" if run.test is None else f"{len(run.test.images):,} real test images"


def _section(place: int, layer: LayerGallery) -> Section:
    title = "The classes" if layer.names else f"Layer {layer.title}"
    shown = (element("ul", joined(_entries(layer), "\n"), class_="channels"),)
    return Section(f"layer-{place}", title, Content(_lead(layer), shown))


def _lead(layer: LayerGallery) -> str:
    height, width = layer.field
    rows, columns = layer.image_size
    count = len(layer.channels)
    which = f"All {count}" if count == layer.total else f"{count} of {layer.total}"
    if layer.names:
        return f"{which} scores of the network, which depend on the whole image."
    if (height, width) == (rows, columns):
        return f"{which} channels. A unit sees the whole image. {_usual(layer)}"
    return (
        f"{which} channels. A unit sees {height}×{width} of {rows}×{columns} pixels "
        f"({layer.share:.1%}). {_usual(layer)}"
    )


def _usual(layer: LayerGallery) -> str:
    """Say what units with such a receptive field usually detect."""
    if layer.share < 0.08 or max(layer.field) <= FEW_PIXELS:
        kinds = "edges and spots" if layer.pictures.shape[-1] == 1 else "edges, spots and colors"
        return f"Units that see so little usually respond to {kinds}."
    if layer.share < 0.35:
        return "Units that see this much usually respond to textures, corners and curves."
    return "Units that see this much usually respond to parts of things, such as wheels or heads."


FEW_PIXELS = 5
"""Height and width of a receptive field that holds no more than an edge, also of a small image."""


def _entries(layer: LayerGallery) -> Iterator[Html]:
    pixels = np.rint(layer.pictures * 255).astype(np.uint8)
    for place, picture in enumerate(pixels):
        name = layer.name_of(place)
        value = float(layer.values[place])
        made = element(
            "div", image(picture, f"{name}: a picture made for it, {value:.3g}."), class_="made"
        )
        text = f": {value:.3g}"
        real: tuple[Html, ...] = ()
        if layer.patches is not None and layer.patch_values is not None:
            best = layer.patch_values[place]
            inside = None if layer.inside is None else layer.inside[place]
            real = (_real(_transparent(layer.patches[place], inside), best, name),)
            text += f" (real images: at most {float(best[0]):.3g})"
        yield element("li", element("p", element("b", name), text), made, *real)


def _real(patches: np.ndarray, values: np.ndarray, name: str) -> Html:
    shown = [
        image(patch, f"{name}: real image number {rank}, {float(value):.3g}.")
        for rank, (patch, value) in enumerate(zip(patches, values, strict=True), 1)
    ]
    return element("div", *shown, class_="real")


def _transparent(patches: np.ndarray, inside: np.ndarray | None) -> np.ndarray:
    """Make patches transparent beyond the edges of their images, where the page is hatched."""
    if inside is None or inside.all():
        return patches
    colors = np.broadcast_to(patches, (*patches.shape[:-1], 3))
    opacity = np.where(inside, 255, 0).astype(np.uint8)
    return np.concatenate([colors, opacity[..., None]], axis=-1)
