"""`explore`: write a page to click through a trained network."""

import dataclasses
import os
from collections.abc import Iterable
from pathlib import Path

from jaxcnn._support.arguments import hint_at
from jaxcnn._support.files import write_whole
from jaxcnn._support.results import Result
from jaxcnn._support.units import bytes_text
from jaxcnn.data import ImageSource
from jaxcnn.inference import Network
from jaxcnn.layers import Layer
from jaxcnn.reports._document import output_path
from jaxcnn.reports._headline import title_of
from jaxcnn.reports._run_folder import RunFolder, read_run_folder
from jaxcnn.reports.explorer._content import make_content
from jaxcnn.reports.explorer._html import page
from jaxcnn.reports.explorer._layers import page_layers
from jaxcnn.reports.explorer._pictures import chosen_pictures
from jaxcnn.reports.explorer._storage import most_pictures

PAGE = "explore.html"
"""The name of the page in the folder of the run."""

PICTURES = 12
"""The usual number of pictures."""

MAX_PICTURE_BYTES = 2_000_000
"""Bytes of the usual pictures: of larger ones, there are fewer."""


@dataclasses.dataclass(frozen=True)
class Exploration(Result):
    """A page that `explore` wrote.

    Attributes:
        path: The file.
        pictures: Number of pictures.
        layers: Number of layers.
        computed: Number of layers that the page computes itself; it shows stored outputs of the
            others.
        error: The largest difference between a computed value and JAX's, as a share of the largest
            value of its layer.
        bytes: Size of the file.
    """

    path: Path
    pictures: int
    layers: int
    computed: int
    error: float
    bytes: int

    def __str__(self) -> str:
        shown = "" if self.computed == self.layers else f", {self.computed} of them computed"
        pictures = f"{self.pictures} picture{'' if self.pictures == 1 else 's'}"
        return (
            f"{self.path}: {pictures}, {self.layers} layers{shown}, largest "
            f"difference from JAX {self.error:.0e}, {bytes_text(self.bytes)}"
        )


@hint_at({"count": "pictures"})
def explore(
    folder: str | os.PathLike[str],
    *,
    out: str | os.PathLike[str] | None = None,
    pictures: int | ImageSource | Iterable[ImageSource] | None = None,
    layers: tuple[type[Layer], ...] = (),
) -> Exploration:
    """Write a page to click through a trained network: one HTML file, for any browser.

    Use it to see how a network computes its answer. The page shows a picture, the feature maps of
    each layer, and the class scores. A click on any number shows the window that it sees, in the
    layer before and in the picture, and the sum behind the number, term by term. The page computes
    everything itself from the network's weights, without an internet connection.

    Networks of more than 850,000 parameters or 150 million multiply-accumulates per picture do not
    fit. The page then computes the first layers, and all later layers that fit. Of the others it
    shows some channels, which are rounded to 256 steps, without sums. The same holds for layers
    whose arithmetic the page does not know, such as a channel shuffle.

    The arithmetic is compared with JAX: when the page is written, for all values of all pictures,
    and again by the page, for some values of each picture it shows.

    Args:
        folder: The folder of a saved run.
        out: The file to write. None means ``explore.html`` in the folder of the run. A report that
            is written there later links to it.
        pictures: A number of saved test images, about half of them mistakes if there are enough;
            or image files and folders, which are resized as for `predict_files`. None means 12
            saved test images, or fewer if they are large.
        layers: Custom layer classes that the architecture uses.

    Returns:
        An `Exploration` with the path of the file. The file is safe to send to others: names from
        the run cannot run as code. It contains the pictures and the weights.

    Raises:
        FileNotFoundError: If `folder` has no run, or the folder of `out` does not exist.
        OSError: If the file cannot be written.
        TypeError: If `pictures` is neither a number nor files.
        ValueError: If the network does not take gray or color images, its layers are not known, or
            there are no pictures to show, or too many for a page of 10 MB. Also if an output of the
            network is not finite, `out` is an address, or a file in the folder is damaged.

    Example::

        run.save("runs/mine", test=data.test)
        print(jaxcnn.explore("runs/mine"))      # runs/mine/explore.html: 12 pictures, ...

    Source: Wang et al. 2020, *CNN Explainer: Learning Convolutional Neural Networks with
    Interactive Visualization*, which does this for one fixed network.
    """
    run = read_run_folder(folder, None, layers)
    network = _explorable(run)
    path = output_path(run.folder / PAGE if out is None else out)
    shown_layers = page_layers(network)
    most = most_pictures(shown_layers)
    if pictures is None:
        pictures = min(PICTURES, most, max(1, MAX_PICTURE_BYTES // shown_layers[0].size))
    shown = chosen_pictures(run, network, pictures, most)
    content = make_content(network, shown_layers, shown, str(run.folder))
    text = page(title_of(run), content.data).encode()
    write_whole(path, text)
    return Exploration(
        path, len(shown.images), content.layers, content.computed, content.error, len(text)
    )


def _explorable(run: RunFolder) -> Network:
    """Return the network of a run, if the page can show it."""
    network = run.loaded_network
    if network is None or network.architecture is None:
        raise ValueError(
            f"{run.folder}: expected a network that was built from layers, got a custom Flax "
            "module (only its author knows what it computes)"
        )
    if network.kind != "images" or network.input_shape[-1] not in (1, 3):
        got = network.kind if network.kind != "images" else f"shape {network.input_shape}"
        raise ValueError(f"{run.folder}: expected a network of gray or color images, got {got}")
    return network
