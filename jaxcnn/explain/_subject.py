"""What is looked into: a module that takes floats, whatever the caller holds."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array
from jax.core import Tracer
from jax.typing import ArrayLike

from jaxcnn import nn
from jaxcnn.architecture import Layer
from jaxcnn.data._checks import check_pixels
from jaxcnn.inference import Network, Normalization
from jaxcnn.runs import Run

Model = nnx.Module | Network | Trained
"""A built network, which takes what it was built for; or a trained one, which takes pixels."""


class Subject(NamedTuple):
    """A network ready to be looked into.

    Attributes:
        module: the Flax module.
        normalization: what comes before it; None: nothing does.
        architecture: what the module was built from, where that is known.
    """

    module: nnx.Module
    normalization: Normalization | None = None
    architecture: Layer | None = None

    def __call__(self, inputs: Array) -> Array:
        """The network's outputs in eval mode, for floating-point `inputs`."""
        if self.normalization is not None:
            inputs = self.normalization(inputs)
        return nn.call(self.module, inputs, train=False, key=None)


def subject_of(model: Model) -> Subject:
    """What is looked into when someone passes `model`.

    Raises:
        TypeError: if it is none of the kinds that can be looked into.
    """
    if isinstance(model, Run):
        model = model.network
    if isinstance(model, Network):
        return Subject(model.module, model.normalization, model.architecture)
    if isinstance(model, nnx.Module):
        return Subject(model)
    hint = "; build it first, as jaxcnn.build does" if isinstance(model, Layer) else ""
    raise TypeError(
        "model must be a built module, a trained network or a run, "
        f"got {type(model).__name__}{hint}"
    )


def as_batch_of_one(subject: Subject, image: ArrayLike) -> Array:
    """One image as floats, ``(1, H, W, C)``; the arguments are otherwise those of `as_inputs`.

    Raises:
        ValueError: if a trained network is given something else than one image.
    """
    inputs = as_inputs(subject, image, name="image")
    if subject.normalization is not None and inputs.ndim != 3:
        raise ValueError(
            f"image must be one image, (H, W, C), such as images[0], got shape {inputs.shape}"
        )
    return inputs[None]


def as_inputs(subject: Subject, images: ArrayLike, *, name: str = "images") -> Array:
    """Images as floats that gradients can be taken of.

    Args:
        subject: the network; one that was trained takes pixels: uint8, which become 0 to 1, or
            floats from 0 to 1, which are checked as far as they are known (not traced).
        images: ``(N, H, W, C)``, or what else the network takes, with a batch axis. Integers stay
            where the network has an embedding, which takes them; there is no gradient then.
        name: what error messages call them.

    Raises:
        TypeError: if the images are integers, and the network is a module that expects floats.
        ValueError: if a trained network is given floats that are not 0 to 1.
    """
    inputs = jnp.asarray(images)
    if jnp.issubdtype(inputs.dtype, jnp.floating):
        if subject.normalization is not None and inputs.size and not isinstance(inputs, Tracer):
            check_pixels(np.asarray(inputs, np.float32), name)
        return inputs
    if inputs.dtype == jnp.uint8 and subject.normalization is not None:
        return inputs.astype(jnp.float32) / 255
    if jnp.issubdtype(inputs.dtype, jnp.integer) and _has_embedding(subject.module):
        return inputs
    raise TypeError(
        f"{name} must be floating point, as the module takes them, got {inputs.dtype}; "
        "a trained network (run.network) takes uint8 pixels, too"
    )


def _has_embedding(module: nnx.Module) -> bool:
    return any(isinstance(node, nnx.Embed) for _, node in nnx.iter_modules(module))
