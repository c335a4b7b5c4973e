"""Select the pictures of the page: saved test images, or image files."""

import os
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from jaxcnn._support.arguments import check_int
from jaxcnn.data import ImageSource, load_sized_images, source_name
from jaxcnn.inference import Network
from jaxcnn.reports._chosen_images import right_positions, wrong_positions
from jaxcnn.reports._example_files import named_example
from jaxcnn.reports._html import MissingError
from jaxcnn.reports._predict_files import find_pictures
from jaxcnn.reports._run_folder import RunFolder


class Pictures(NamedTuple):
    """The pictures of the page.

    Attributes:
        images: ``(N, H, W, C)`` uint8.
        names: What each picture is called.
        labels: The true label of each picture; None for files.
        examples: The index of each picture in the whole test set; None for files.
    """

    images: np.ndarray
    names: tuple[str, ...]
    labels: np.ndarray | None
    examples: np.ndarray | None = None

    def describe(self, network: Network, scores: Sequence[np.ndarray]) -> list[dict[str, Any]]:
        """Return for each picture its name, the answer, the truth, and whether both agree.

        Test images have their index in the test set, too.

        Args:
            network: The network.
            scores: The network's outputs for each picture.
        """
        outputs = np.stack(scores).reshape(len(scores), -1)
        predictions = np.asarray(network.task.predictions(outputs))
        described: list[dict[str, Any]] = [{"name": name} for name in self.names]
        for number, entry in enumerate(described):
            entry["answer"] = _answer(network, predictions[number])
            if self.examples is not None:
                entry["index"] = int(self.examples[number])
            if self.labels is not None and network.task.has_classes:
                label = self.labels[number]
                names = [network.class_names[k] for k in network.task.classes_of(label)]
                marks = network.task.marks(predictions[number][None], label[None])
                entry["truth"] = ", ".join(names) or "none"
                entry["right"] = bool(marks[0] == 1)
        return described


def _answer(network: Network, prediction: np.ndarray) -> str:
    if not network.task.has_classes:
        pairs = zip(network.class_names, prediction, strict=True)
        return ", ".join(f"{name} {number:.4g}" for name, number in [*pairs][:3])
    found = network.top_classes(prediction, top=None if network.multilabel else 1)
    return ", ".join(name for name, _ in found) or "none"


def chosen_pictures(run: RunFolder, network: Network, pictures: Any, most: int) -> Pictures:
    """Return the pictures to show.

    Args:
        run: The run.
        network: Its network.
        pictures: A number of saved test images, or image files.
        most: The number of pictures that fit into the page.

    Raises:
        TypeError: If `pictures` is neither.
        ValueError: If the run has no saved test images, there are no files, one cannot be read, or
            there are more than `most`.
    """
    if isinstance(pictures, int | np.integer) and not isinstance(pictures, bool):
        check_int("pictures", pictures)
        return _saved(run, int(pictures), most)
    if not isinstance(pictures, Iterable) and not isinstance(pictures, os.PathLike):
        raise TypeError(
            f"pictures: expected a number of saved test images, or image files, got {pictures!r}"
        )
    return _read(network, pictures, most)


def _check_count(count: int, most: int) -> None:
    if count > most:
        raise ValueError(
            f"pictures: expected at most {most:,} for this network, so that the page stays below "
            f"10 MB, got {count:,}"
        )


def _saved(run: RunFolder, count: int, most: int) -> Pictures:
    """Return saved test images: about half of them right, and the most confident mistakes."""
    try:
        images, positions = run.images, _positions(run, count)
    except MissingError as error:
        raise ValueError(
            f"pictures: expected image files for this run, got {count}, but {error}"
        ) from None
    _check_count(len(positions), most)
    examples = run.test_set.shown[positions]
    names = tuple(f"test image {named_example(run, int(example))}" for example in examples)
    saved = run.test_set
    return Pictures(images[positions], names, saved.labels[examples], saved.examples[examples])


def _positions(run: RunFolder, count: int) -> np.ndarray:
    if not run.is_single_label or not run.interface.task.has_classes:
        return np.arange(min(count, len(run.images)))
    right, wrong = right_positions(run), wrong_positions(run)
    mistakes = min(len(wrong), max(count // 2, count - len(right)))
    return np.concatenate([right[: count - mistakes], wrong[:mistakes]])


def _read(network: Network, files: ImageSource | Iterable[ImageSource], most: int) -> Pictures:
    """Read image files, resized and cropped as the network takes them."""
    sources = find_pictures(files)
    _check_count(len(sources), most)
    images = []
    for found in load_sized_images(
        sources, network.input_shape, preprocessing=network.preprocessing
    ):
        if isinstance(found, FileNotFoundError):
            raise ValueError(
                f"pictures: expected image files, got {found.filename!r} (there is no such file)"
            ) from None
        if isinstance(found, Exception):
            raise ValueError(f"pictures: {found}") from found
        images.append(found.image)
    names = tuple(os.path.basename(source_name(source)) for source in sources)
    return Pictures(np.stack(images), names, None)
