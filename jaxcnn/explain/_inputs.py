"""Turn what callers pass into checked forms: a model, images, a random key, scores and labels."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from flax import nnx
from jax import Array
from jax.core import Tracer
from jax.typing import ArrayLike

from jaxcnn.data import RANKS, SHAPES, Kind, Task, check_pixels
from jaxcnn.inference import Network, Normalization
from jaxcnn.layers import Layer, call
from jaxcnn.runs import Run

Model = nnx.Module | Network | Run
"""A built network, which takes what it was built for; or a trained one, which takes pixels."""


class Subject(NamedTuple):
    """A network ready to be looked into.

    Attributes:
        module: The Flax module.
        normalization: What comes before it; None: nothing does.
        architecture: What the module was built from, where that is known.
        kind: What a trained network takes; of a bare module it is not known.
    """

    module: nnx.Module
    normalization: Normalization | None = None
    architecture: Layer | None = None
    kind: Kind = "images"

    def __call__(self, inputs: Array) -> Array:
        """The network's outputs in eval mode, for floating-point `inputs`."""
        if self.normalization is not None:
            inputs = self.normalization(inputs)
        return call(self.module, inputs, train=False, key=None)


def subject_of(model: Model) -> Subject:
    """What is looked into when someone passes `model`.

    Raises:
        TypeError: If it is none of the kinds that can be looked into.
    """
    if isinstance(model, Run):
        model = model.network
    if isinstance(model, Network):
        return Subject(model.module, model.normalization, model.architecture, model.kind)
    if isinstance(model, nnx.Module):
        return Subject(model)
    hint = "; build it first, as jaxcnn.build does" if isinstance(model, Layer) else ""
    raise TypeError(
        "model must be a built module, a trained network or a run, "
        f"got {type(model).__name__}{hint}"
    )


def as_batch_of_one(subject: Subject, image: ArrayLike) -> Array:
    """One input as floats, ``(1, H, W, C)``; the arguments are otherwise those of `as_inputs`.

    Raises:
        ValueError: If a trained network is given something else than one input of its kind.
    """
    inputs = as_inputs(subject, image, name="image")
    if subject.normalization is not None and inputs.ndim != RANKS[subject.kind] - 1:
        shape = SHAPES[subject.kind].replace("N, ", "")
        what = "one image" if subject.kind == "images" else f"one of the {subject.kind}"
        raise ValueError(
            f"image must be {what}, {shape}, such as images[0], got shape {inputs.shape}"
        )
    return inputs[None]


def as_inputs(subject: Subject, images: ArrayLike, *, name: str = "images") -> Array:
    """Images as floats that gradients can be taken of.

    Args:
        subject: The network; one that was trained takes pixels: uint8, which become 0 to 1, or
            floats from 0 to 1 (signals and volumes: any finite ones), which are checked as far as
            they are known (not traced).
        images: ``(N, H, W, C)``, or what else the network takes, with a batch axis. Integers stay
            where the network has an embedding, which takes them; there is no gradient then.
        name: What error messages call them.

    Raises:
        TypeError: If the images are integers, and the network is a module that expects floats.
        ValueError: If a trained network is given floats out of its range.
    """
    inputs = jnp.asarray(images)
    if jnp.issubdtype(inputs.dtype, jnp.floating):
        if subject.normalization is not None and inputs.size and not isinstance(inputs, Tracer):
            _check_floats(np.asarray(inputs, np.float32), subject.kind, name)
        return inputs
    if inputs.dtype == jnp.uint8 and subject.normalization is not None:
        return inputs.astype(jnp.float32) / 255
    if jnp.issubdtype(inputs.dtype, jnp.integer) and _has_embedding(subject.module):
        return inputs
    raise TypeError(
        f"{name} must be floating point, as the module takes them, got {inputs.dtype}; "
        "a trained network (run.network) takes uint8 pixels, too"
    )


def _check_floats(inputs: np.ndarray, kind: Kind, name: str) -> None:
    if kind == "images":
        check_pixels(inputs, name)
    elif not np.isfinite(inputs).all():
        raise ValueError(f"{name}: expected finite values, got some that are NaN or infinite")


def _has_embedding(module: nnx.Module) -> bool:
    return any(isinstance(node, nnx.Embed) for _, node in nnx.iter_modules(module))


def network_of(model: Network | Run) -> Network:
    """The trained network that someone passes as `network`.

    Raises:
        TypeError: If it is none: a module alone knows no classes and no pixels.
    """
    if isinstance(model, Run):
        return model.network
    if isinstance(model, Network):
        return model
    raise TypeError(f"network must be a trained network or a run, got {type(model).__name__}")


def check_is_about(question: str, kind: Kind, task: Task | None = None) -> None:
    """Raise ValueError where a question about images makes no sense for a network or a set.

    Args:
        question: Who asks, as error messages call it, such as `"robustness"`.
        kind: What the inputs are.
        task: What the labels mean, where they must be classes; None: they may be anything.
    """
    if kind != "images":
        raise ValueError(f"{question}: expected images, got {kind}")
    if task is not None:
        check_has_classes(question, task)


def check_has_classes(question: str, task: Task) -> None:
    """Raise ValueError for a task without classes; `question` is who asks."""
    if not task.has_classes:
        raise ValueError(f"{question}: expected classes, got a regression, which has none")


def check_key(key: object) -> None:
    """Raise TypeError unless `key` is a random key, of the new kind or the old one, or traced."""
    dtype = getattr(key, "dtype", None)
    if dtype is None or not (dtype == jnp.uint32 or jnp.issubdtype(dtype, jax.dtypes.prng_key)):
        raise TypeError(f"key must be a random key such as jax.random.key(0), got {key!r:.80}")


def check_scores(
    name: str, scores: npt.ArrayLike, labels: npt.ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Scores as float64 ``(N, K)`` and classes as ``(N,)``, or an error that calls scores `name`.

    Raises:
        TypeError: For scores that are not floating point, or labels that are not integers.
        ValueError: For shapes that do not fit together, no example, labels out of range, or
            scores that are not finite.
    """
    numbers = np.asarray(scores)
    if not np.issubdtype(numbers.dtype, np.floating):
        raise TypeError(f"{name} must be floating point; got {numbers.dtype}")
    if numbers.ndim != 2 or 0 in numbers.shape:
        raise ValueError(f"{name} must have shape (N, K), neither 0; got {numbers.shape}")
    truths = np.asarray(labels)
    check_one_label(truths)
    if not np.issubdtype(truths.dtype, np.integer):
        raise TypeError(f"labels must be integer class numbers; got {truths.dtype}")
    examples, classes = numbers.shape
    if truths.shape != (examples,):
        raise ValueError(
            f"labels must have shape ({examples},), one class an example; got {truths.shape}"
        )
    if truths.min() < 0 or truths.max() >= classes:
        raise ValueError(
            f"labels must lie between 0 and {classes - 1}; got {truths.min()} to {truths.max()}"
        )
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name} must be finite; some are NaN or infinite")
    return numbers.astype(np.float64), truths


def check_one_label(labels: np.ndarray) -> None:
    """Raise ValueError for labels ``(N, K)``: there, no class is taken for another."""
    if labels.ndim == 2:
        raise ValueError(
            f"labels must be one class an example, (N,); got {labels.shape}; score several labels "
            "an example one by one, by multilabel_precision_recall_f1 and average_precision of "
            "jaxcnn.functional"
        )
