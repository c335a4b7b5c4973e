"""Numbers that say what pictures look like: brightness, contrast and others, and their usual range.

`PictureStatistics.of` measures training pictures, and `compare_picture` compares another picture
with them.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.arrays import as_array
from jaxcnn._support.results import Result
from jaxcnn.data._batching import evenly_spaced
from jaxcnn.data.augmentation._pixels import LUMA
from jaxcnn.data.pictures._picture_sizes import picture_sizes
from jaxcnn.data.pictures._preprocessing import Preprocessing

if TYPE_CHECKING:
    from jaxcnn.data.pictures._labeled_sequence import LabeledImages

MAX_PICTURES = 512
"""At most so many pictures are measured, evenly spaced in the set."""

FENCE = 3
"""Quartile distances beyond the quartiles, up to which values are usual (Tukey's outer fence)."""

TAIL = 0.001
"""Share of the training pictures that may lie beyond either end of the usual range."""

LEAST = {
    "brightness": 0.1,
    "contrast": 0.05,
    "polarity": 0.1,
    "sharpness": 1.0,
    "color": 0.05,
    "cropped": 0.2,
    "enlarged": 1.0,
}
"""The statistics, and the least distance from the median to the ends of the usual range."""


class UsualRange(NamedTuple):
    """The median of a statistic over training pictures, and the ends of its usual range."""

    median: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True)
class PictureStatistics(Result):
    """Statistics of the pictures of a data set, such as their brightness, with usual ranges.

    The statistics of a picture, resized for the network, with pixels from 0 to 1:

    - `brightness`: the mean of its gray values.
    - `contrast`: their standard deviation.
    - `polarity`: how much brighter the border (an eighth of the side) is than the rest.
    - `sharpness`: the base-2 logarithm of the Laplacian's root mean square over the contrast.
    - `color`: the mean distance of the largest from the smallest color channel.
    - `cropped`: the share of the file's picture that is cropped away.
    - `enlarged`: the base-2 logarithm of the enlargement from the file's size.

    The usual range reaches three quartile distances beyond the quartiles, and contains at least
    998 of 1,000 pictures. The distances are those of the logit of the brightness, and of the
    logarithms of contrast and color, so that black and flat pictures are never usual among others.
    The last two statistics are only known for files, and only large values
    are unusual.

    Attributes:
        examples: Number of pictures that were measured.
        ranges: The usual range of each statistic, by name.

    Example:
        >>> from jaxcnn.data import digits
        >>> usual = PictureStatistics.of(digits().train)
        >>> f"{usual.ranges['brightness'].median:.2f}"
        '0.31'

    Source: Tukey, Exploratory Data Analysis (1977), for the range
    """

    examples: int
    ranges: Mapping[str, UsualRange]

    @classmethod
    def of(cls, dataset: "LabeledImages") -> Self | None:
        """Measure the pictures of a data set: up to 512, evenly spaced.

        Args:
            dataset: The labeled pictures.

        Returns:
            The statistics; None if the examples are not gray or color pictures.
        """
        if dataset.kind != "images" or dataset.input_shape[-1] not in (1, 3):
            return None
        chosen = evenly_spaced(len(dataset), MAX_PICTURES)
        measured = measure(dataset.read(chosen))
        if dataset.paths is not None:
            sizes = picture_sizes([dataset.paths[int(i)] for i in chosen], at_most=len(chosen))
            how = dataset.preprocessing
            fits = [measure_fit(size, dataset.input_shape, how) for size in sizes.tolist()]
            measured |= {name: np.array([fit[name] for fit in fits]) for name in FIT}
        found = {name: _usual_range(name, values) for name, values in measured.items()}
        return cls(len(chosen), {name: each for name, each in found.items() if each is not None})

    @classmethod
    def from_dict(cls, content: Any) -> Self:
        """Read what `to_dict` returned.

        Raises:
            ValueError: If it is something else.
        """
        if not isinstance(content, dict) or content.keys() != {"examples", "ranges"}:
            raise ValueError(f"pictures: expected examples and ranges, got {content!r:.80}")
        examples, ranges = content["examples"], content["ranges"]
        if type(examples) is not int or examples < 1:
            raise ValueError(f"pictures: examples: expected at least 1, got {examples!r:.80}")
        if not isinstance(ranges, dict) or not ranges.keys() <= LEAST.keys():
            raise ValueError(f"pictures: expected ranges of {', '.join(LEAST)}, got {ranges!r:.80}")
        return cls(examples, {name: _as_range(name, each) for name, each in ranges.items()})

    def unusual(
        self,
        picture: ArrayLike,
        size: Sequence[int] | None = None,
        *,
        preprocessing: Preprocessing | None = None,
    ) -> dict[str, tuple[float, UsualRange]]:
        """Return the statistics of a picture that are not in the usual range, with the range.

        Args:
            picture: ``(H, W, C)``, resized for the network; uint8, or floating point in [0, 1].
            size: Height and width of the picture in its file; None if unknown.
            preprocessing: How the picture was resized and cropped.
        """
        array = as_array("picture", picture)
        measured = {name: float(values[0]) for name, values in measure(array[None]).items()}
        found = {name: value for name, value in measured.items() if math.isfinite(value)}
        if size is not None:
            found |= measure_fit(size, array.shape, preprocessing)
        return {
            name: (found[name], usual)
            for name, usual in self.ranges.items()
            if name in found and _is_unusual(name, found[name], usual)
        }


def _is_unusual(name: str, value: float, usual: UsualRange) -> bool:
    # A picture that is cropped or enlarged less than others loses nothing.
    return value > usual.high or (value < usual.low and name not in FIT)


def measure(pictures: np.ndarray) -> dict[str, np.ndarray]:
    """Return the statistics of the pixels of each picture, ``(N,)`` each; NaN where undefined.

    Args:
        pictures: ``(N, H, W, C)`` with C 1 or 3, uint8, or floating point in [0, 1].
    """
    parts = [_measure_some(pictures[i : i + 32]) for i in range(0, len(pictures), 32)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _measure_some(pictures: np.ndarray) -> dict[str, np.ndarray]:
    # Whole channels, one after the other, are several times faster than axes of three numbers.
    channels = [pictures[..., c] for c in range(pictures.shape[-1])]
    largest, smallest = reduce(np.maximum, channels), reduce(np.minimum, channels)
    scale = np.float32(1 / 255 if pictures.dtype == np.uint8 else 1)
    weights = LUMA if len(channels) == 3 else (1.0,)
    gray = sum(c * (np.float32(w) * scale) for w, c in zip(weights, channels, strict=True))
    assert isinstance(gray, np.ndarray)
    contrast = gray.std(axis=(1, 2))
    # Of a picture of one gray value, the Laplacian over the contrast would be rounding.
    varies = np.where(contrast > 1 / 255, contrast, np.nan)
    return {
        "brightness": gray.mean(axis=(1, 2)),
        "contrast": contrast,
        "polarity": _border_over_rest(gray),
        "sharpness": np.log2(np.maximum(_laplacian(gray) / varies, 1e-3)),
        "color": scale * (largest - smallest).mean(axis=(1, 2)),
    }


def _border_over_rest(gray: np.ndarray) -> np.ndarray:
    """Return how much brighter the border is than the rest, ``(N,)``."""
    count, height, width = gray.shape
    border = max(1, min(height, width) // 8)
    rest = gray[:, border : height - border, border : width - border]
    if not rest.size:
        return np.full(count, np.nan)
    total, inner = gray.sum(axis=(1, 2)), rest.sum(axis=(1, 2))
    return (total - inner) / (height * width - rest[0].size) - inner / rest[0].size


def _laplacian(gray: np.ndarray) -> np.ndarray:
    """Return the root mean square of the Laplacian, ``(N,)``; NaN for fewer than three pixels."""
    if min(gray.shape[1:]) < 3:
        return np.full(len(gray), np.nan)
    middle = gray[:, 1:-1, 1:-1]
    beside = gray[:, 1:-1, :-2] + gray[:, 1:-1, 2:] + gray[:, :-2, 1:-1] + gray[:, 2:, 1:-1]
    return np.sqrt(np.square(4 * middle - beside).mean(axis=(1, 2)))


FIT = ("cropped", "enlarged")
"""The statistics of how a file was resized, which `measure_fit` returns."""


def measure_fit(
    size: Sequence[int], shape: Sequence[int], preprocessing: Preprocessing | None = None
) -> dict[str, float]:
    """Return how a picture of a height and width is resized and cropped to an input shape.

    Example:
        >>> measure_fit((30, 40), (60, 60, 3))
        {'cropped': 0.25, 'enlarged': 1.0}
    """
    factor = max(shape[0] / size[0], shape[1] / size[1])
    if preprocessing is not None:
        height, width = preprocessing.resized_size(size, shape[:2])
        seen = min(shape[0], height) * min(shape[1], width)
        factor = max(height / size[0], width / size[1])
        return {"cropped": 1 - seen / (height * width), "enlarged": math.log2(factor)}
    kept = shape[0] * shape[1] / (size[0] * size[1] * factor**2)
    return {"cropped": 1 - min(kept, 1.0), "enlarged": math.log2(factor)}


def _usual_range(name: str, values: np.ndarray) -> UsualRange | None:
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    lowest, median, highest = map(float, np.quantile(values, (TAIL, 0.5, 1 - TAIL)))
    spread, back = _SCALES.get(name, (np.asarray, np.asarray))
    first, third = np.quantile(spread(values), (0.25, 0.75))
    reach, least = FENCE * (third - first), LEAST[name]
    low, high = float(back(first - reach)), float(back(third + reach))
    return UsualRange(median, min(lowest, low, median - least), max(highest, high, median + least))


def _logit(share: np.ndarray) -> np.ndarray:
    inner = np.clip(share, 1e-3, 1 - 1e-3)
    return np.log(inner / (1 - inner))


def _log(value: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(value, 1e-3))


_Scale = Callable[[Any], Any]
_SCALES: dict[str, tuple[_Scale, _Scale]] = {
    "brightness": (_logit, lambda value: 1 / (1 + np.exp(-value))),
    "contrast": (_log, np.exp),
    "color": (_log, np.exp),
}
"""The scales on which statistics that are bounded spread evenly, and the way back."""


def _as_range(name: str, content: Any) -> UsualRange:
    if isinstance(content, dict) and content.keys() == {*UsualRange._fields}:
        numbers = [content[field] for field in UsualRange._fields]
        if all(type(each) is float and math.isfinite(each) for each in numbers):
            usual = UsualRange(*numbers)
            if usual.low <= usual.median <= usual.high:
                return usual
    raise ValueError(
        f"pictures: {name}: expected a median between the ends of a range, got {content!r:.80}"
    )
