"""Picture files through a network: find them, decode ahead in threads, name what they show."""

import dataclasses
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, cast

import numpy as np
from jax.typing import ArrayLike

from jaxcnn._support.results import Result
from jaxcnn.data import DataError, ImageSource, find_image_files, load_images, source_name
from jaxcnn.inference import Network
from jaxcnn.reports._explanations import Explanations
from jaxcnn.runs import Run


def find_pictures(files: ImageSource | Iterable[ImageSource]) -> list[ImageSource]:
    """Put the pictures in a folder, and in all folders below, in the place of the folder.

    Pictures in folders are known by their endings (.jpg, .jpeg, .png, .webp, .bmp) and in natural
    order ("9" before "10"); hidden files and folders do not count. A file that is named itself
    stays, whatever its name; and so does a folder without pictures, to be reported.

    Args:
        files: paths of files and folders, or files opened to read bytes; or one of these.

    Raises:
        ValueError: if there is no file among them.
    """
    # An open file can be iterated over, too: these are its lines.
    one = isinstance(files, str | os.PathLike) or hasattr(files, "read")
    given: list[ImageSource] = (
        [cast(ImageSource, files)] if one else [*cast(Iterable[ImageSource], files)]
    )
    found = [source for each in given for source in _within(each)]
    if not given:
        raise ValueError("files: expected at least one picture or folder, got none")
    if all(isinstance(each, str | os.PathLike) and os.path.isdir(each) for each in found):
        raise ValueError(f"no pictures in {', '.join(map(str, given))}")
    return found


def _within(source: ImageSource) -> list[ImageSource]:
    if not isinstance(source, str | os.PathLike) or not os.path.isdir(source):
        return [source]
    try:
        images = find_image_files(source)
    except OSError:
        images = []
    return [*images] or [source]


BATCH_SIZE = 64

BATCHES_AHEAD = 2
"""So many batches are decoded while one goes through the network."""


@dataclasses.dataclass(frozen=True, eq=False)
class FilePrediction(Result):
    """What a network says about one picture file.

    Attributes:
        path: the file, as it was named.
        classes: names and probabilities, the most probable first; of a regression, the names and
            the predicted numbers.
        probabilities: ``(classes,)``, in the order of the network's outputs (of a regression the
            numbers); None if there is an error.
        error: why the file could not be read; None if it could.
        explanation: the file that shows what the answer goes by; None if none was asked for.
        has_classes: False of a regression.
    """

    path: str
    classes: tuple[tuple[str, float], ...] = ()
    probabilities: np.ndarray | None = None
    error: str | None = None
    explanation: Path | None = None
    has_classes: bool = True

    def __str__(self) -> str:
        if self.error is not None:
            return self.error
        form = ".2f" if self.has_classes else ".4g"
        named = [f"{name} {number:{form}}" for name, number in self.classes]
        return ", ".join(named) or "none"

    def _content(self) -> Mapping[str, Any]:
        """The path with the error, or with the classes or the numbers, as plain data."""
        if self.error is not None:
            return {"path": self.path, "error": self.error}
        if not self.has_classes:
            return {"path": self.path, "numbers": dict(self.classes)}
        classes = [{"class": name, "probability": round(found, 6)} for name, found in self.classes]
        shown = {} if self.explanation is None else {"explanation": str(self.explanation)}
        return {"path": self.path, "classes": classes, **shown}


def predict_files(
    network: Network | Run,
    files: ImageSource | Iterable[ImageSource],
    *,
    top: int | None = None,
    thresholds: ArrayLike | None = None,
    explain: str | os.PathLike[str] | None = None,
    batch_size: int = BATCH_SIZE,
    devices: int | None = None,
) -> Iterator[FilePrediction]:
    """Name what picture files show, or predict their numbers.

    Threads decode them ahead while the network computes. Each becomes an image of the network's
    input shape as one in `image_folder` does: resized until it covers that, and cut to the middle.
    A file that cannot be read is one prediction with an `error`, and the rest go on.

    Args:
        network: a trained network, such as from `jaxcnn.load`, or a run.
        files: JPEG, PNG, WebP or BMP files of any size, by their paths or opened to read bytes,
            and folders, whose pictures are found as by `image_folder`; or one of these.
        top: how many classes to name; None: 3, or multilabel all that the image shows, which may
            be none.
        thresholds: multilabel only, in place of `top`: from which probability on a class is shown;
            see `Network.predict`.
        explain: a new folder, or an empty one, that gets a PNG file for each picture: what the
            network sees of it beside its Grad-CAM and its occlusion map, for the most probable
            class. Their names begin with the number of the picture, from 1.
        batch_size: how many go through the network at once.
        devices: how many share each batch; None: all of this process's.

    Returns:
        An iterator of predictions, in the order of the files. Only a few images are in memory at
        once.

    Raises:
        FileExistsError: if `explain` holds files.
        ValueError: if there are no pictures, or an argument is out of its range; if the network
            does not take pictures; or if there are no classes, or no layer with spatial axes, to
            explain by.

    Example::

        for prediction in jaxcnn.predict_files(jaxcnn.load("runs/mine"), ["photo.jpg", "more"]):
            print(prediction.path, prediction)      # photo.jpg cat 0.80, dog 0.15, bird 0.05
    """
    if isinstance(network, Run):
        network = network.network
    if batch_size < 1:
        raise ValueError(f"batch_size: expected at least 1, got {batch_size}")
    if network.kind != "images":
        raise ValueError(f"network: expected one that takes images, got one of {network.kind}")
    if network.input_shape[-1] not in (1, 3):
        raise ValueError(
            "network: expected one that takes gray or color pictures, got one with an input shape "
            f"of {network.input_shape}"
        )
    if explain is not None and not network.task.has_classes:
        raise ValueError("explain: expected None for a regression, whose answer is no class")
    anything = np.zeros(len(network.class_names))
    network.named(anything, top=top, thresholds=thresholds)  # raises what is wrong before any work
    sources = find_pictures(files)
    explanations = None if explain is None else Explanations(network, explain, len(sources))
    return _predictions(
        network, sources, top, thresholds, explanations, min(batch_size, len(sources)), devices
    )


def _predictions(
    network: Network,
    sources: Sequence[ImageSource],
    top: int | None,
    thresholds: ArrayLike | None,
    explanations: Explanations | None,
    batch_size: int,
    devices: int | None,
) -> Iterator[FilePrediction]:
    numbered, has_classes = enumerate(sources, start=1), network.task.has_classes
    images = load_images(sources, network.input_shape, ahead=BATCHES_AHEAD * batch_size)
    while batch := [*islice(images, batch_size)]:
        # One shape and so one compiled program: what is missing, or cannot be read, is black.
        filled = np.zeros((batch_size, *network.input_shape), np.uint8)
        for place, image in enumerate(batch):
            filled[place] = 0 if isinstance(image, Exception) else image
        outputs = network.logits(filled, batch_size=batch_size, devices=devices)
        likely = np.asarray(network.task.predictions(outputs))
        for image, probabilities, (number, source) in zip(batch, likely, numbered, strict=False):
            name = source_name(source)
            if isinstance(image, Exception):
                yield FilePrediction(name, error=_reason(source, image), has_classes=has_classes)
                continue
            classes = network.named(probabilities, top=top, thresholds=thresholds)
            prediction = FilePrediction(
                name, tuple(classes), probabilities, has_classes=has_classes
            )
            if explanations is not None:
                (first, _), *_ = network.named(probabilities, top=1)
                file = explanations.write(number, image, name, str(prediction), first)
                prediction = dataclasses.replace(prediction, explanation=file)
            yield prediction


def _reason(source: ImageSource, error: OSError | ValueError) -> str:
    """Why a file could not be read, without its name."""
    if isinstance(error, DataError):
        return str(error).removeprefix(f"{source_name(source)}: ")
    if isinstance(source, str | os.PathLike) and os.path.isdir(source):
        return "no pictures in this folder"
    return (isinstance(error, OSError) and error.strerror) or str(error)
