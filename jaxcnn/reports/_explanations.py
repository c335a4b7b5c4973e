"""Explain predictions of image files: plots of an image with Grad-CAM and occlusion maps."""

import os
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.extras import import_extra
from jaxcnn._support.texts import readable
from jaxcnn.data import Multilabel, Task
from jaxcnn.explain import grad_cam, occlusion, plot_attributions
from jaxcnn.inference import Network
from jaxcnn.runs import claim

WINDOWS = 8
"""Number of occlusion windows side by side along an image; they overlap by half."""


CLASSES = 2
"""Number of classes that are explained: the most probable one, and the runner-up."""


def window_and_stride(sides: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the window and the stride of `occlusion` for images of this height and width.

    Example:
        >>> window_and_stride((32, 48))
        ((4, 6), (2, 3))
    """
    window = tuple(max(side // WINDOWS, 1) for side in sides)
    return window, tuple(max(side // 2, 1) for side in window)


def mean_color_occlusion(network: Network, images: Array, target: ArrayLike | None = None) -> Array:
    """Compute `occlusion` with patches in the mean color of the training images.

    Args:
        network: The network.
        images: ``(N, H, W, C)``.
        target: The output to explain, one for all images or ``(N,)``; None: each image's most
            probable class.
    """
    window, stride = window_and_stride(images.shape[1:3])
    mean = jnp.broadcast_to(jnp.asarray(network.normalization.mean), images.shape[1:])
    return occlusion(network, images, target, window=window, stride=stride, baseline=mean)


def output_in_words(task: Task, names: Sequence[str]) -> str:
    """Say which of the network's outputs is explained: a logit, or the first predicted number."""
    if not task.has_classes:
        return f"predicted {names[0]}"
    function = "sigmoid" if task == Multilabel() else "softmax"
    return f"logit (the score before {function})"


def occlusion_note(drops: np.ndarray, output: str) -> str:
    """Describe the occluding patch and the strongest value of each map, since its scale hides it.

    Args:
        drops: The occlusion maps, ``(N, H, W)``.
        output: The explained output, from `output_in_words`.

    Example:
        >>> drops = np.array([[[2.5, -1.0]], [[0.5, -2.0]]])
        >>> occlusion_note(drops, "logit").split("; ")[1]
        'the largest absolute value: the logit falls by 2.50, rises by 2.00, row by row.'
    """
    window = "×".join(map(str, window_and_stride(drops.shape[1:])[0]))
    strongest = [map_.flat[np.abs(map_).argmax()] for map_ in drops]
    changes = [f"{'rises' if each < 0 else 'falls'} by {abs(each):.2f}" for each in strongest]
    rows = ", row by row" if len(changes) > 1 else ""
    return (
        f"Occlusion covers {window} pixels at a time with the mean color of the training images; "
        f"the largest absolute value: the {output} {', '.join(changes)}{rows}."
    )


class Explanations:
    """A folder of PNG files, each of which shows an image with its Grad-CAM and occlusion maps.

    The maps explain the most probable class and the second one, below it. Occlusion covers pixels
    with the mean color of the training images.
    """

    def __init__(self, network: Network, folder: str | os.PathLike[str], count: int) -> None:
        """Make the folder, and check that the network can be explained.

        Args:
            network: The network whose predictions are explained.
            folder: A new folder, or an empty one.
            count: Largest number of images.

        Raises:
            FileExistsError: If the folder has files.
            ImportError: If matplotlib is missing.
            ValueError: If the network has no layer with spatial axes.
        """
        import_extra("matplotlib")
        self.maps = jax.jit(partial(_maps, network))
        self.names = network.class_names
        self.count = min(CLASSES, len(self.names))
        black = np.zeros((self.count, *network.input_shape), np.uint8)
        jax.eval_shape(self.maps, black, np.arange(self.count))  # raises before any work
        self.output = output_in_words(network.task, network.class_names)
        self.folder, self.digits = claim(folder), len(str(count))

    def write(
        self, number: int, image: np.ndarray, path: str, prediction: str, likely: np.ndarray
    ) -> Path:
        """Write the file of one image.

        Args:
            number: Number of the image, from 1. The file's name begins with it, which makes the
                name unique.
            image: ``(H, W, C)`` uint8, resized to the network's input shape.
            path: Path of the image file, for the title.
            prediction: The prediction in words.
            likely: The probability of each class.
        """
        targets = np.argsort(-likely, kind="stable")[: self.count]
        images = np.broadcast_to(image, (self.count, *image.shape))
        activations, drops = map(np.asarray, self.maps(images, targets))
        note = occlusion_note(drops, self.output)
        if self.count > 1:
            note = f"The two most probable classes are explained. {note}"
        figure = plot_attributions(
            images,
            {"Grad-CAM": activations, "occlusion": drops},
            titles=[f"for {self.names[k]}" for k in targets],
            title=f"{readable(os.path.basename(path))}\n{prediction}",
            note=note,
        )
        file = self.folder / f"{number:0{self.digits}}-{_safe_stem(path)}.png"
        figure.savefig(file)
        return file


def _maps(network: Network, images: Array, targets: Array) -> tuple[Array, Array]:
    """Compute the Grad-CAM and the occlusion of a class per image, ``(N, H, W)`` each."""
    maps = grad_cam(network, images, targets)
    return maps, mean_color_occlusion(network, images, targets)


def _safe_stem(path: str) -> str:
    """Return a file's name without its extension and without special characters.

    Example:
        >>> _safe_stem("../my photos/a cat?.jpg")
        'a_cat_'
    """
    return re.sub(r"[^\w.-]+", "_", Path(path).stem)[:80]
