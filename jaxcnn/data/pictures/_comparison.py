"""Compare a picture with training pictures: say what is unusual about it, and what to try."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.arrays import as_array
from jaxcnn._support.results import Result
from jaxcnn.data.augmentation._pixels import LUMA
from jaxcnn.data.pictures._preprocessing import Preprocessing
from jaxcnn.data.pictures._statistics import PictureStatistics, UsualRange

MAX_NAMED = 3
"""The most differences that the sentence names; the others are in `differences`."""

GAIN = 0.25
"""The sum of the distances that a change of a picture must take away, so that it is advised."""


class PictureDifference(NamedTuple):
    """A statistic of a picture that is outside the usual range of the training pictures.

    Attributes:
        statistic: The name of the statistic, as in `PictureStatistics`.
        value: Its value for the picture.
        usual: Its median over the training pictures, and the usual range.
    """

    statistic: str
    value: float
    usual: UsualRange

    @property
    def distance(self) -> float:
        """The distance from the median, as a multiple of the distance to the end of the range."""
        end = self.usual.high if self.value > self.usual.high else self.usual.low
        return abs(self.value - self.usual.median) / max(abs(end - self.usual.median), 1e-9)

    @property
    def words(self) -> str:
        """The difference in words, such as "0.91 bright on average, training pictures 0.31"."""
        words = _WORDS[self.statistic]
        usual = _IN_BRIEF.get(self.statistic, words)(self.usual.median)
        return f"{words(self.value)}, training pictures {usual}"


@dataclasses.dataclass(frozen=True)
class PictureComparison(Result):
    """The comparison of a picture with training pictures; `str()` is one sentence, or nothing.

    Attributes:
        differences: The unusual statistics of the picture, the most unusual first.
        advice: What to try about them, such as "invert it"; empty without differences.
    """

    differences: tuple[PictureDifference, ...] = ()
    advice: str = ""

    def __str__(self) -> str:
        if not self.differences:
            return ""
        named = "; ".join(each.words for each in self.differences[:MAX_NAMED])
        return f"{named}: try to {self.advice}"

    def _content(self) -> Mapping[str, Any]:
        rows = [
            {"statistic": each.statistic, "value": each.value, **each.usual._asdict()}
            for each in self.differences
        ]
        return {"differences": rows, "advice": self.advice}


def compare_picture(
    picture: ArrayLike,
    usual: PictureStatistics,
    size: Sequence[int] | None = None,
    *,
    preprocessing: Preprocessing | None = None,
) -> PictureComparison:
    """Compare a picture with training pictures: say what is unusual about it, and what to try.

    Use it if a network is wrong on a picture of your own. A usual picture has no differences: of
    pictures of the same kind as 500 training pictures, fewer than 1 of 100 have one; of pictures
    like 60 training pictures, 3 of 100.

    Args:
        picture: ``(H, W, C)``, resized as for the network; uint8, or floating point in [0, 1].
        usual: The statistics of the training pictures, such as ``run.network.pictures``.
        size: Height and width of the picture in its file; None if unknown.
        preprocessing: How the picture was resized and cropped, the network's `preprocessing`.

    Returns:
        The differences, and the advice. If inverting the picture, stretching its contrast, or
        removing its colors brings its statistics nearer to the usual ones, this is the advice.

    Example:
        >>> from jaxcnn.data import digits
        >>> train, test = digits()
        >>> usual = PictureStatistics.of(train)
        >>> print(compare_picture(255 - test.images[4], usual))
        0.73 bright on average, training pictures 0.31: try to invert it
    """
    array = as_array("picture", picture)
    pixels = np.asarray(array, np.float32) / (255 if array.dtype == np.uint8 else 1)

    def differences(pixels: np.ndarray) -> _Differences:
        return _by_statistic(usual.unusual(pixels, size, preprocessing=preprocessing))

    found = differences(pixels)
    if not found:
        return PictureComparison()
    advice = " and ".join(_advice(pixels, differences, found))
    return PictureComparison(tuple(found.values()), advice)


_Differences = dict[str, PictureDifference]


def _by_statistic(unusual: Mapping[str, tuple[float, UsualRange]]) -> _Differences:
    """Return the differences of a picture by the name of the statistic, the most unusual first."""
    found = [PictureDifference(name, *each) for name, each in unusual.items()]
    return {each.statistic: each for each in sorted(found, key=lambda each: -each.distance)}


def _advice(
    pixels: np.ndarray, differences: Callable[[np.ndarray], _Differences], found: _Differences
) -> Iterator[str]:
    """Yield the change that brings a picture nearest, and advice on what it leaves as it is."""
    best, left = "", found
    for words, change in _CHANGES.items():
        after = differences(change(pixels))
        if _total_distance(after) < _total_distance(left) - GAIN:
            best, left = words, after
    if best:
        yield best
    for name, before in found.items():
        if name in left and left[name].distance > before.distance - GAIN:
            yield _OTHERWISE[name][left[name].value > left[name].usual.median]
            return


def _total_distance(differences: _Differences) -> float:
    return sum(each.distance for each in differences.values())


def _stretched(pixels: np.ndarray) -> np.ndarray:
    low, high = np.quantile(pixels, (0.01, 0.99))
    return np.clip((pixels - low) / max(high - low, 1 / 255), 0, 1)


def _grayed(pixels: np.ndarray) -> np.ndarray:
    if pixels.shape[-1] == 1:
        return pixels
    return np.broadcast_to((pixels @ np.array(LUMA, np.float32))[..., None], pixels.shape)


_CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "invert it": lambda pixels: 1 - pixels,
    "stretch its contrast": _stretched,
    "remove its colors": _grayed,
    "invert it and stretch its contrast": lambda pixels: _stretched(1 - pixels),
}
"""Changes of a picture that are tried, the simplest first."""

_OTHERWISE = {
    "brightness": ("use a brighter picture", "use a darker picture"),
    # Where stretching does not help, most of the picture is background.
    "contrast": ("crop it to the thing that it shows", "use a picture with less contrast"),
    "polarity": ("crop it to the thing that it shows",) * 2,
    "sharpness": ("use a sharper picture", "blur it"),
    "color": ("use a picture in color", "remove its colors"),
    "cropped": ("crop it to the thing that it shows",) * 2,
    "enlarged": ("use a larger picture",) * 2,
}
"""Advice for a statistic below and above its range, if no change of `_CHANGES` helps."""


def _resized(value: float) -> str:
    factor = 2.0 ** abs(value)
    return f"{'enlarged' if value > 0 else 'shrunk'} {factor:.1f} times"


_WORDS: dict[str, Callable[[float], str]] = {
    "brightness": lambda value: f"{value:.2f} bright on average",
    "contrast": lambda value: f"contrast {value:.2f}",
    "polarity": lambda value: (
        f"a border {abs(value):.2f} {'brighter' if value > 0 else 'darker'} than the rest"
    ),
    "sharpness": lambda value: f"{2.0**value:.2f} sharp",
    "color": lambda value: f"colors {value:.2f} strong" if value > 0.001 else "gray",
    "cropped": lambda value: f"{value:.0%} cropped away",
    "enlarged": _resized,
}
"""The value of a statistic in words."""

_IN_BRIEF: dict[str, Callable[[float], str]] = {
    "brightness": "{:.2f}".format,
    "contrast": "{:.2f}".format,
    "polarity": lambda value: f"{abs(value):.2f} {'brighter' if value > 0 else 'darker'}",
    "sharpness": lambda value: f"{2.0**value:.2f}",
    "cropped": "{:.0%}".format,
}
"""The value of training pictures in words, where it follows that of the picture."""
