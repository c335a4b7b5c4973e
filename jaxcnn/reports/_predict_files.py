"""`find_pictures` and `predict_files`: find image files, decode them in threads, predict them."""

import dataclasses
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, cast

import numpy as np
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn._support.results import Result
from jaxcnn._support.texts import readable
from jaxcnn._support.units import probability_text
from jaxcnn.data import (
    IMAGE_SUFFIXES,
    DataError,
    ImageSource,
    PictureComparison,
    compare_picture,
    find_image_files,
    find_other_files,
    load_sized_images,
    source_name,
)
from jaxcnn.inference import Network
from jaxcnn.reports._explanations import Explanations
from jaxcnn.reports._picture_predictor import PicturePredictor, predictions_of
from jaxcnn.runs import Run, network_of


def find_pictures(files: ImageSource | Iterable[ImageSource]) -> list[ImageSource]:
    """Find image files: replace each folder by the image files in it and in its subfolders.

    Files in folders are found by their extensions, such as .jpg, .png and .heic (all are in
    `jaxcnn.data.IMAGE_SUFFIXES`), in natural order ("9" before "10"). Pipes, devices and links to
    nothing that have such an extension are found, too, so that the caller can report them. Other
    files, hidden files and hidden folders are skipped. A file that is listed in `files` is kept,
    whatever its extension. So is a folder without image files.

    Args:
        files: Paths of files and folders, or files opened to read bytes. A single path or file
            needs no list.

    Returns:
        The image files, in the order of `files`.

    Raises:
        ValueError: If `files` is empty, or contains only folders without image files.
    """
    # A single open file is iterable as well, but over its lines.
    one = isinstance(files, str | os.PathLike) or hasattr(files, "read")
    given: list[ImageSource] = (
        [cast(ImageSource, files)] if one else [*cast(Iterable[ImageSource], files)]
    )
    found = [source for each in given for source in _expand_folder(each)]
    if not given:
        raise ValueError("files: expected at least one image file or folder, got none")
    if all(isinstance(each, str | os.PathLike) and os.path.isdir(each) for each in found):
        folders, others = ", ".join(map(str, given)), others_in_words(given)
        raise ValueError(
            f"{folders}: expected image files ({', '.join(IMAGE_SUFFIXES)}), got "
            f"{others or 'no files'}"
        )
    return found


def others_in_words(sources: Iterable[ImageSource]) -> str:
    """Count the files in folders that do not have the suffix of an image, and name one of them.

    Args:
        sources: Paths of files and folders, or open files. Only folders count.

    Returns:
        Words such as "2 other files, such as notes.txt"; empty without such a file.
    """
    others: list[str] = []
    for source in sources:
        if isinstance(source, str | os.PathLike) and os.path.isdir(source):
            with suppress(OSError):  # reported where the folder is read
                others += find_other_files(source)
    if not others:
        return ""
    count = "1 other file" if len(others) == 1 else f"{len(others):,} other files"
    return f"{count}, such as {readable(others[0])}"


def _expand_folder(source: ImageSource) -> list[ImageSource]:
    if not isinstance(source, str | os.PathLike) or not os.path.isdir(source):
        return [source]
    try:
        images = find_image_files(source, only_regular=False)
    except OSError:
        images = []
    return [*images] or [source]


BATCH_SIZE = 64

BATCHES_AHEAD = 2
"""Number of batches that are decoded while the network computes one."""


@dataclasses.dataclass(frozen=True, eq=False)
class FilePrediction(Result):
    """The prediction for one image file.

    Attributes:
        path: The path of the file, as it was passed.
        classes: Class names with probabilities, in descending order. For a regression, the names of
            the targets with their predicted values.
        probabilities: ``(classes,)``, in the order of the network's outputs. For a regression, the
            predicted values. None if there is an error.
        error: The reason why the file could not be read; None if the file was read.
        explanation: The PNG file that explains the prediction; None if no explanation was
            requested.
        has_classes: Whether the network predicts classes; False for a regression.
        comparison: What is unusual about the picture, beside the training pictures, and what to
            try. None if the network does not know them, as in a run of an older version.
    """

    path: str
    classes: tuple[tuple[str, float], ...] = ()
    probabilities: np.ndarray | None = None
    error: str | None = None
    explanation: Path | None = None
    has_classes: bool = True
    comparison: PictureComparison | None = None

    def __str__(self) -> str:
        if self.error is not None:
            return self.error
        words = probability_text if self.has_classes else "{:.4g}".format
        named = [f"{name} {words(number)}" for name, number in self.classes]
        return ", ".join(named) or "none"

    def _content(self) -> Mapping[str, Any]:
        """Return the path, and the error, the classes or the numbers."""
        if self.error is not None:
            return {"path": self.path, "error": self.error}
        shown: dict[str, Any] = {"path": self.path}
        if self.has_classes:
            shown["classes"] = [
                {"class": name, "probability": round(found, 6)} for name, found in self.classes
            ]
        else:
            shown["numbers"] = dict(self.classes)
        if self.explanation is not None:
            shown["explanation"] = str(self.explanation)
        if self.comparison is not None:
            shown["unusual"] = str(self.comparison)
            shown |= self.comparison.to_dict()
        return shown


def predict_files(
    network: Network | Run | PicturePredictor,
    files: ImageSource | Iterable[ImageSource],
    *,
    top: int | None = None,
    thresholds: ArrayLike | None = None,
    explain: str | os.PathLike[str] | None = None,
    batch_size: int = BATCH_SIZE,
    devices: int | None = None,
) -> Iterator[FilePrediction]:
    """Predict the classes of image files, or for a regression the target values.

    Use it for many files or whole folders. Files are decoded in threads while the network computes.
    Images are resized and cropped as by `Network.classify`. For a file that cannot be read,
    the prediction has an `error`; the other files are still predicted.

    Args:
        network: A trained network or a run, such as from `jaxcnn.load`; or one outside JAX, such
            as `jaxcnn.export.OnnxNetwork`.
        files: Image files of any size: paths, or files opened to read bytes. A folder stands for
            all image files in it and in its subfolders. A single file or folder needs no list.
        top: Number of classes per prediction. None means 3. For a multilabel network, None means
            all classes that reach their threshold, possibly none.
        thresholds: For a multilabel network, instead of `top`: the lowest probability at which a
            class is listed. One threshold for all classes, or one threshold per class. None means
            0.5.
        explain: A new or empty folder for one PNG file per image. The PNG file shows the resized
            image with its Grad-CAM and occlusion maps for the most probable class, and below for
            the runner-up. The name of the PNG file begins with the position of the image in the
            list, from 1. None means no explanations.
        batch_size: Number of images per batch.
        devices: Number of this process's devices that share each batch. None means all devices.

    Returns:
        An iterator of one `FilePrediction` per file, in the order of the files. Only a few images
        are in memory at a time. Its `comparison` says if the picture looks unlike the training
        pictures, such as much brighter, and what to try.

    Raises:
        FileExistsError: If the folder `explain` has files.
        TypeError: If `network` is neither a network nor a run, such as a path.
        ValueError: If there are no image files, an argument is out of range, or the network does
            not take images. With `explain`, also if the network has no classes, or no layer with
            spatial axes.

    Example::

        for prediction in jaxcnn.predict_files(jaxcnn.load("runs/mine"), ["photo.jpg", "more"]):
            print(prediction.path, prediction)      # photo.jpg cat 80%, dog 15%, bird 5%
    """
    if isinstance(network, Network | Run) or not isinstance(network, PicturePredictor):
        network = network_of(network)
    check_int("batch_size", batch_size)
    if network.kind != "images":
        raise ValueError(f"network: expected one that takes images, got one of {network.kind}")
    if network.input_shape[-1] not in (1, 3):
        raise ValueError(
            "network: expected one that takes gray or color images, got one with the input shape "
            f"{network.input_shape}"
        )
    if explain is not None and not network.task.has_classes:
        raise ValueError(
            "explain: expected None for a regression, which predicts no class to explain, got "
            f"{os.fspath(explain)!r}"
        )
    if explain is not None and not isinstance(network, Network):
        raise ValueError(
            "explain: expected None for a network outside JAX, which has no gradients, got "
            f"{os.fspath(explain)!r}"
        )
    # Wrong arguments raise here, before any work.
    network.top_classes(np.zeros(len(network.class_names)), top=top, thresholds=thresholds)
    sources = find_pictures(files)
    explanations = None
    if explain is not None and isinstance(network, Network):
        explanations = Explanations(network, explain, len(sources))
    return _predictions(
        network, sources, top, thresholds, explanations, min(batch_size, len(sources)), devices
    )


def _predictions(
    network: Network | PicturePredictor,
    sources: Sequence[ImageSource],
    top: int | None,
    thresholds: ArrayLike | None,
    explanations: Explanations | None,
    batch_size: int,
    devices: int | None,
) -> Iterator[FilePrediction]:
    numbered, has_classes = enumerate(sources, start=1), network.task.has_classes
    images = load_sized_images(
        sources,
        network.input_shape,
        preprocessing=network.preprocessing,
        ahead=BATCHES_AHEAD * batch_size,
    )
    while batch := [*islice(images, batch_size)]:
        # All batches have one shape, and so need one compiled program: the last batch is padded
        # with black images, and files that cannot be read become black images.
        padded = np.zeros((batch_size, *network.input_shape), np.uint8)
        for position, image in enumerate(batch):
            padded[position] = 0 if isinstance(image, Exception) else image.image
        rows = predictions_of(network, padded, devices)
        for image, probabilities, (number, source) in zip(batch, rows, numbered, strict=False):
            name = source_name(source)
            if isinstance(image, Exception):
                yield FilePrediction(
                    name, error=_error_text(source, image), has_classes=has_classes
                )
                continue
            classes = network.top_classes(probabilities, top=top, thresholds=thresholds)
            usual, how = network.pictures, network.preprocessing
            prediction = FilePrediction(
                name,
                tuple(classes),
                probabilities,
                has_classes=has_classes,
                comparison=usual
                and compare_picture(image.image, usual, image.size, preprocessing=how),
            )
            if explanations is not None:
                file = explanations.write(number, image.image, name, str(prediction), probabilities)
                prediction = dataclasses.replace(prediction, explanation=file)
            yield prediction


def _error_text(source: ImageSource, error: OSError | ValueError) -> str:
    """Return the reason why a file could not be read, without the file's name."""
    if isinstance(error, DataError):
        return str(error).removeprefix(f"{readable(source_name(source))}: ")
    if isinstance(source, str | os.PathLike) and os.path.isdir(source):
        return "no image files in this folder"
    return (isinstance(error, OSError) and error.strerror) or str(error)
