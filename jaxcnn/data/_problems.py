"""What counts as suspicious in a data set, and the sentences that say so."""

import numpy as np

from jaxcnn.data._dataset import Dataset
from jaxcnn.data._overlap import name_of, pairs_shown
from jaxcnn.data._set_report import SetReport

LARGEST_IMBALANCE = 10


def problems_of(name: str, report: SetReport) -> list[str]:
    """The problems of one set; `name` is what sentences call it."""
    found = [*_class_problems(report), *_pixel_problems(report)]
    repeats = report.repeats
    if repeats.count:
        found.append(
            f"{_images(repeats.count, 'occurs', 'occur')} earlier in the set, too, "
            f"{repeats.conflicts} of them with another label:"
            f"{pairs_shown(repeats, report.dataset, report.dataset)}"
        )
    return [f"{name}: {problem}" for problem in found]


def problems_between(train: Dataset, test: Dataset) -> list[str]:
    """How a test set is of another kind than its training set."""
    pairs = [
        ("images of shape", train.input_shape, test.input_shape),
        ("images of dtype", str(train.images.dtype), str(test.images.dtype)),
        ("the classes", train.class_names, test.class_names),
        ("multilabel", train.multilabel, test.multilabel),
    ]
    return [
        f"test: expected {what} {wanted} as in train, got {given}"
        for what, wanted, given in pairs
        if wanted != given
    ]


def _class_problems(report: SetReport) -> list[str]:
    counts, names = report.class_counts, report.dataset.class_names
    found = []
    if not counts.all():
        found.append(f"no example of {_listed(names, counts == 0)}")
    if report.dataset.multilabel and (counts == len(report.dataset)).any():
        found.append(f"every image shows {_listed(names, counts == len(report.dataset))}")
    if report.imbalance > LARGEST_IMBALANCE:
        rare = np.where(counts > 0, counts, counts.max()).argmin()
        found.append(
            f"the largest class, {names[counts.argmax()]!r}, has {report.imbalance:.1f} times as "
            f"many examples ({counts.max():,}) as the smallest, {names[rare]!r} ({counts[rare]:,})"
        )
    return found


def _pixel_problems(report: SetReport) -> list[str]:
    images, (low, high) = report.dataset.images, report.pixel_range
    if low == high:
        return [f"every pixel of every image is {low:g}"]
    found = []
    if len(report.constant):
        first = name_of(report.dataset, report.constant[0])
        black = int((images[report.constant, 0, 0, 0] == 0).sum())
        found.append(
            f"{_images(len(report.constant), 'has', 'have')} the same value in all pixels, "
            f"{black} of them black; the first is {first}"
        )
    if images.dtype == np.uint8 and high <= 1:
        found.append(
            "pixels are 0 and 1 alone, but uint8 goes up to 255: were floats in [0, 1] cast? "
            "Keep them floats, or multiply by 255 first"
        )
    if images.dtype != np.uint8 and high < 2 / 255:
        found.append(f"the brightest pixel is {high:.3g}: were they divided by 255 twice?")
    return found


def _images(count: int, verb: str, plural_verb: str) -> str:
    return f"1 image {verb}" if count == 1 else f"{count:,} images {plural_verb}"


def _listed(names: tuple[str, ...], mask: np.ndarray) -> str:
    chosen = [repr(names[k]) for k in np.flatnonzero(mask)]
    more = f" and {len(chosen) - 5} more classes" if len(chosen) > 5 else ""
    return ", ".join(chosen[:5]) + more
