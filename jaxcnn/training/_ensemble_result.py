"""What training several networks gives back."""

import dataclasses
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jax.typing import ArrayLike

from jaxcnn.data import LabelledImages, View
from jaxcnn.inference import AS_IT_IS
from jaxcnn.runs import Run


class EnsembleEvaluation(NamedTuple):
    """How the members of an ensemble do on a labelled set, each and together.

    Attributes:
        accuracies: of each member that stayed finite.
        learning_rates: theirs.
        mean: their mean.
        spread: their standard deviation (with M - 1); 0 for a single member.
        interval: the 95 % interval of the mean, for members drawn anew, by Student's t, within
            0 and 1.
        together: the accuracy of the mean of their probabilities.
        disagreement: share of the pairs of members, over all images, that answer differently.
        examples: number of images.
    """

    accuracies: tuple[float, ...]
    learning_rates: tuple[float, ...]
    mean: float
    spread: float
    interval: tuple[float, float]
    together: float
    disagreement: float
    examples: int

    def __str__(self) -> str:
        low, high = self.interval
        each = zip(self.learning_rates, self.accuracies, strict=True)
        if len(set(self.learning_rates)) > 1:  # whose mean means nothing
            lines = [f"learning rate {rate:<8.3g} accuracy {share:.2%}" for rate, share in each]
            return "\n".join([*lines, f"n = {self.examples:,}"])
        return (
            f"accuracy {self.mean:.2%} ± {self.spread:.2%} over {len(self.accuracies)} members "
            f"(95 % interval of the mean {low:.2%} to {high:.2%}), together {self.together:.2%}, "
            f"disagreement {self.disagreement:.2%}, n = {self.examples:,}"
        )


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Ensemble:
    """Several trained networks of one architecture.

    Attributes:
        members: each as `fit` would have returned it (without times).
        seeds: one per member.
        learning_rates: one per member.
        stopped_at: for each member None, or the number of the update, from 0, that was not
            finite: it is frozen as it was before, and takes no part in what the ensemble says.
        how: a sentence about how the members were computed.
        seconds_compile: time that building the networks and compiling took.
        seconds_train: time that training took.
    """

    members: tuple[Run, ...]
    seeds: tuple[int, ...]
    learning_rates: tuple[float, ...]
    stopped_at: tuple[int | None, ...]
    how: str = ""
    seconds_compile: float = 0.0
    seconds_train: float = 0.0

    def __repr__(self) -> str:
        return f"Ensemble({len(self.members)} of {self.members[0].network})"

    @property
    def finite(self) -> tuple[Run, ...]:
        """The members whose loss and weights stayed finite."""
        kept = zip(self.members, self.stopped_at, strict=True)
        return tuple(member for member, step in kept if step is None)

    def member_probabilities(
        self, images: ArrayLike, *, views: Sequence[View] = AS_IT_IS
    ) -> np.ndarray:
        """What each finite member predicts, ``(members, N, classes)``; see `Network.predict_proba`.

        Raises:
            ValueError: if no member stayed finite.
        """
        if not self.finite:
            raise ValueError("no member of the ensemble stayed finite: there is nobody to ask")
        return np.stack([m.network.predict_proba(images, views=views) for m in self.finite])

    def predict_proba(self, images: ArrayLike, *, views: Sequence[View] = AS_IT_IS) -> np.ndarray:
        """The mean of the finite members' probabilities, ``(N, classes)``."""
        return self.member_probabilities(images, views=views).mean(axis=0)

    def predict(self, images: ArrayLike, *, views: Sequence[View] = AS_IT_IS) -> np.ndarray:
        """The class that is most probable by the mean of the members' probabilities, ``(N,)``."""
        return self.predict_proba(images, views=views).argmax(axis=-1)

    def disagreement(self, images: ArrayLike, *, views: Sequence[View] = AS_IT_IS) -> np.ndarray:
        """For each image, the share of the pairs of members that answer differently, ``(N,)``."""
        return disagreement(self.member_probabilities(images, views=views).argmax(axis=-1))

    def evaluate(
        self, dataset: LabelledImages, *, views: Sequence[View] = AS_IT_IS
    ) -> EnsembleEvaluation:
        """Accuracies on a labelled set, of each finite member and of all together.

        Args:
            dataset: images of the networks' input shape, with one label each.
            views: ways to look at each image; see `Network.logits`.
        """
        self.members[0].network.check_takes(dataset)
        images = dataset.read(np.arange(len(dataset)))
        probabilities = self.member_probabilities(images, views=views)
        guesses = probabilities.argmax(axis=-1)
        accuracies = (guesses == dataset.labels).mean(axis=-1)
        together = probabilities.mean(axis=0).argmax(axis=-1) == dataset.labels
        spread = float(accuracies.std(ddof=1)) if len(accuracies) > 1 else 0.0
        low, high = mean_interval(float(accuracies.mean()), spread, len(accuracies))
        return EnsembleEvaluation(
            accuracies=tuple(map(float, accuracies)),
            learning_rates=tuple(
                rate
                for rate, step in zip(self.learning_rates, self.stopped_at, strict=True)
                if step is None
            ),
            mean=float(accuracies.mean()),
            spread=spread,
            interval=(max(low, 0.0), min(high, 1.0)),
            together=float(together.mean()),
            disagreement=float(disagreement(guesses).mean()),
            examples=len(dataset),
        )


def disagreement(guesses: np.ndarray) -> np.ndarray:
    """The share of pairs of members that answer differently.

    Args:
        guesses: ``(members, N)``, class numbers.

    Returns:
        ``(N,)``; zeros for a single member.

    Example:
        >>> disagreement(np.array([[0, 1], [0, 1], [0, 2]])).round(3).tolist()
        [0.0, 0.667]
    """
    members = len(guesses)
    if members == 1:
        return np.zeros(guesses.shape[1])
    differ = (guesses[:, None] != guesses[None]).sum(axis=(0, 1))
    return differ / (members * (members - 1))


def mean_interval(mean: float, spread: float, members: int) -> tuple[float, float]:
    """The 95 % interval of a mean over some members, by Student's t.

    Args:
        mean: of the members' values.
        spread: their standard deviation, with M - 1.
        members: how many there are; a single one says nothing about others.

    Example:
        >>> [round(end, 3) for end in mean_interval(0.8, 0.01, 3)]
        [0.775, 0.825]
    """
    from scipy.special import stdtrit  # reads files when imported

    if members == 1:
        return -math.inf, math.inf
    reach = float(stdtrit(members - 1, 0.975)) * spread / members**0.5
    return mean - reach, mean + reach
