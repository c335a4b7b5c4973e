"""The images of a set that the channels of a layer answer to most."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.architecture import Layer, Visit
from jaxcnn.data import Dataset, ImageFiles, LabelledImages
from jaxcnn.explain._feature_maps import outputs_and_layers
from jaxcnn.explain._layers import path_of
from jaxcnn.explain._subject import Model, Subject, as_inputs, subject_of
from jaxcnn.explain.units._box import cut_seen, visits_up_to


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class TopActivations:
    """Which images of a set a layer's channels answer to most, the first most of all.

    Attributes:
        layer: the layer's name.
        images: ``(channels, count)``, the images' numbers in the set.
        values: ``(channels, count)``, the largest value of the channel in each.
        positions: ``(channels, count, spatial axes)``, where in the layer's output that is.
        visits: the layers up to this one, for what it sees; () where the architecture is not
            known.
    """

    layer: str
    images: np.ndarray
    values: np.ndarray
    positions: np.ndarray
    visits: tuple[Visit, ...] = dataclasses.field(default=(), repr=False)

    def patches(self, images: ArrayLike | LabelledImages) -> np.ndarray:
        """The pixels that did it: what the channel sees there, its receptive field.

        Args:
            images: the set that was searched.

        Returns:
            ``(channels, count, h, w, C)`` in the images' dtype. What lies beyond an image's edge
            is 0; a receptive field that is larger than the image is cut down to the image.

        Raises:
            ValueError: if the architecture is not known.
        """
        if not self.visits:
            raise ValueError(
                "patches need the receptive field: pass architecture= to top_activations"
            )
        return np.stack(
            [
                [
                    cut_seen(self.visits, _read(images, np.array([index]))[0], position)
                    for index, position in zip(of_channel, places, strict=True)
                ]
                for of_channel, places in zip(self.images, self.positions.tolist(), strict=True)
            ]
        )


def top_activations(
    model: Model,
    images: ArrayLike | LabelledImages,
    layer: str,
    *,
    count: int = 9,
    batch_size: int = 256,
    architecture: Layer | None = None,
) -> TopActivations:
    """The images of a set that each channel of a layer answers to most.

    The set goes through the network batch after batch; no more than one batch's feature maps
    are in memory.

    Args:
        model: a built module, a trained network or a run.
        images: ``(N, H, W, C)``, or a data set.
        layer: the layer's name.
        count: how many images a channel; an image counts once, where the channel is largest.
        batch_size: images that go through at once.
        architecture: what the module was built from, for `TopActivations.patches`; a trained
            network knows its own.

    Raises:
        TypeError: if an argument is of the wrong kind.
        ValueError: if there is no such layer, or a number is less than 1.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(4, 3, name="stem"), jaxcnn.GlobalAvgPool()])
        >>> model = jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0))
        >>> images = np.random.default_rng(0).random((20, 8, 8, 1), np.float32)
        >>> top = top_activations(model, images, "stem", count=5, architecture=net)
        >>> top.images.shape, top.patches(images).shape
        ((4, 5), (4, 5, 3, 3, 1))
    """
    for name, number in (("count", count), ("batch_size", batch_size)):
        if number < 1:
            raise ValueError(f"{name} must be at least 1, got {number}")
    subject = subject_of(model)
    path = path_of(subject.module, layer)
    if not isinstance(images, Dataset | ImageFiles):
        images = np.asarray(images)
    indices, values, places = _search(subject, images, layer, count, min(batch_size, len(images)))
    architecture = architecture or subject.architecture
    shape = images.shape[1:] if isinstance(images, np.ndarray) else images.input_shape
    visits = visits_up_to(architecture, shape, path) if architecture else []
    return TopActivations(
        layer=layer, images=indices, values=values, positions=places, visits=tuple(visits)
    )


def _search(
    subject: Subject, images: np.ndarray | LabelledImages, layer: str, count: int, batch_size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indices, values and positions of each channel's largest, as in `TopActivations`."""
    graph, variables = nnx.split(subject.module)

    @jax.jit
    def largest(variables: nnx.State, batch: Array) -> tuple[Array, Array]:
        whole = subject._replace(module=nnx.merge(graph, variables))
        _, kept = outputs_and_layers(whole, as_inputs(whole, batch), [layer])
        maps = kept[layer]
        flat = maps.reshape(len(maps), -1, maps.shape[-1])
        places = jnp.unravel_index(flat.argmax(axis=1), maps.shape[1:-1]) if maps.ndim > 2 else ()
        shape = (*flat.max(axis=1).shape, maps.ndim - 2)
        return flat.max(axis=1), jnp.stack(places, -1) if places else jnp.zeros(shape, int)

    best: tuple[np.ndarray, ...] = ()
    for first in range(0, len(images), batch_size):
        indices = np.arange(first, min(first + batch_size, len(images)))
        filled = np.resize(indices, batch_size)  # so that one program does for all batches
        found = [
            np.asarray(array)[: len(indices)] for array in largest(variables, _read(images, filled))
        ]
        numbers = np.broadcast_to(indices[:, None], found[0].shape)
        batch = (numbers, *found)
        both = [np.concatenate(pair) for pair in zip(best, batch, strict=True)] if best else batch
        order = np.argsort(-both[1], axis=0, kind="stable")[:count]
        best = (
            np.take_along_axis(both[0], order, 0),
            np.take_along_axis(both[1], order, 0),
            np.take_along_axis(both[2], order[..., None], 0),
        )
    indices, values, places = (array.swapaxes(0, 1) for array in best)
    return indices, values, places


def _read(images: ArrayLike | LabelledImages, indices: np.ndarray) -> np.ndarray:
    if isinstance(images, Dataset | ImageFiles):
        return images.read(indices)
    return np.asarray(images)[indices]
