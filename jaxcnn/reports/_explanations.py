"""Draw why: pictures beside what the answer rests on; how occlusion covers them."""

import os
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxcnn._support.extras import import_extra
from jaxcnn.explain import grad_cam, occlusion, plot_attributions
from jaxcnn.inference import Network
from jaxcnn.runs import claim

WINDOWS = 8
"""So many windows lie side by side along a picture; as many again lie half-way between them."""


def window_and_stride(sides: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What `occlusion` takes for pictures of this height and width.

    Example:
        >>> window_and_stride((32, 48))
        ((4, 6), (2, 3))
    """
    window = tuple(max(side // WINDOWS, 1) for side in sides)
    return window, tuple(max(side // 2, 1) for side in window)


def covered_by_the_mean(network: Network, images: Array) -> Array:
    """`occlusion` of each image's most probable class, by the training images' mean color."""
    window, stride = window_and_stride(images.shape[1:3])
    mean = jnp.broadcast_to(jnp.asarray(network.normalization.mean), images.shape[1:])
    return occlusion(network, images, window=window, stride=stride, baseline=mean)


def covering_in_words(sides: Sequence[int], largest: Sequence[float]) -> str:
    """What covers, and what each map's largest value stands for: maps hide it by their scale.

    Args:
        sides: Height and width of the pictures.
        largest: Of each picture, the largest value of its map.

    Example:
        >>> covering_in_words((32, 32), [2.5]).split("; ")[1]
        'its largest value is a fall of the logit (the score before softmax) by 2.50.'
    """
    window = "×".join(map(str, window_and_stride(sides)[0]))
    falls = ", ".join(f"{value:.2f}" for value in largest)
    rows = ", row by row" if len(largest) > 1 else ""
    return (
        f"Occlusion covers {window} pixels at a time with the mean color of the training images; "
        f"its largest value is a fall of the logit (the score before softmax) by {falls}{rows}."
    )


class Explanations:
    """A folder that gets a PNG file for each picture: it, its Grad-CAM and its occlusion map.

    What is explained is the most probable class. Occlusion covers with the mean color of the
    images that the network learned from.
    """

    def __init__(self, network: Network, folder: str | os.PathLike[str], pictures: int) -> None:
        """Make the folder.

        Args:
            network: What answers.
            folder: A new folder, or an empty one.
            pictures: How many there may be.

        Raises:
            FileExistsError: If the folder holds files.
            ImportError: If matplotlib is missing.
            ValueError: If the network has no layer with spatial axes.
        """
        import_extra("matplotlib")
        self.maps = jax.jit(partial(_maps, network))
        nothing = np.zeros((1, *network.input_shape), np.uint8)
        jax.eval_shape(self.maps, nothing)  # raises what is wrong before any work
        self.folder, self.digits = claim(folder), len(str(pictures))

    def write(self, number: int, image: np.ndarray, path: str, said: str, explained: str) -> Path:
        """Write the file of one picture.

        Args:
            number: Of the picture, from 1: the file's name begins with it, so that no two are one.
            image: ``(H, W, C)`` uint8, as the network sees it.
            path: What the picture is called.
            said: What the network says about it.
            explained: The most probable class.
        """
        activations, drops = self.maps(image[None])
        figure = plot_attributions(
            image[None],
            {"Grad-CAM": activations, "occlusion": drops},
            titles=[explained],
            title=f"{readable(os.path.basename(path))}\n{said}",
            note=covering_in_words(image.shape[:2], [float(drops.max())]),
        )
        file = self.folder / f"{number:0{self.digits}}-{_plain(path)}.png"
        figure.savefig(file)
        return file


def _maps(network: Network, images: Array) -> tuple[Array, Array]:
    """What speaks for the most probable class: Grad-CAM and occlusion, ``(N, H, W)`` each."""
    return grad_cam(network, images), covered_by_the_mean(network, images)


def _plain(path: str) -> str:
    """A file's name without its ending, and without what some systems refuse in names.

    Example:
        >>> _plain("../my photos/a cat?.jpg")
        'a_cat_'
    """
    return re.sub(r"[^\w.-]+", "_", Path(path).stem)[:80]


def readable(text: str) -> str:
    r"""Write a path, or names of classes, on one line, with escapes for what no terminal can show.

    Example:
        >>> print(readable("two\nlines.png"))
        two\nlines.png
    """
    return text if text.isprintable() else ascii(text)[1:-1]
