"""Find the images of a set that the channels of a layer respond to most."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn.architecture import VisitedLayer
from jaxcnn.data import LabeledImages
from jaxcnn.explain._inputs import Model, Subject, as_inputs, as_numpy, subject_of
from jaxcnn.explain._layer_calls import record_call
from jaxcnn.explain._layer_names import path_of
from jaxcnn.explain.units._receptive_field import cut_receptive_field, visits_up_to
from jaxcnn.layers import Layer


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class TopActivations:
    """The images of a set that each channel of a layer responds to most, in descending order.

    Attributes:
        layer: The layer's name.
        images: ``(channels, count)``, the images' indices in the set.
        values: ``(channels, count)``, the largest value of the channel in each image.
        positions: ``(channels, count, spatial axes)``, the position of this largest value in the
            layer's output.
        visits: The layers up to and including this layer, for its receptive field; () if the
            architecture is not known.
    """

    layer: str
    images: np.ndarray
    values: np.ndarray
    positions: np.ndarray
    visits: tuple[VisitedLayer, ...] = dataclasses.field(default=(), repr=False)

    def patches(
        self, images: ArrayLike | LabeledImages, *, channels: Sequence[int] | None = None
    ) -> np.ndarray:
        """Cut out the pixels that caused the activations: the receptive field at each position.

        Args:
            images: The data set that was searched.
            channels: The channels whose patches are cut out. None means all channels.

        Returns:
            ``(channels, count, h, w, C)`` in the images' dtype. Pixels beyond an image's edge are
            0. With CIRCULAR padding, they are the pixels at the opposite edge. Along an axis where
            the image is smaller than the receptive field, the patch is the whole axis.

        Raises:
            ValueError: If the architecture is not known.
        """
        self._check_has_visits()
        shown = range(len(self.images)) if channels is None else channels
        return np.stack([self._patches_of(images, channel) for channel in shown])

    def inside(
        self, input_shape: Sequence[int], *, channels: Sequence[int] | None = None
    ) -> np.ndarray:
        """Tell the pixels of `patches` from what lies beyond an edge of the image.

        Args:
            input_shape: The shape of one image, ``(H, W, C)``.
            channels: The channels of the patches. None means all channels.

        Returns:
            ``(channels, count, h, w)`` bool, False beyond an edge.

        Raises:
            ValueError: If the architecture is not known.
        """
        self._check_has_visits()
        shown = slice(None) if channels is None else [*channels]
        everywhere = np.ones((*input_shape[:-1], 1), np.bool_)
        masks = [
            [cut_receptive_field(self.visits, everywhere, position) for position in positions]
            for positions in self.positions[shown].tolist()
        ]
        return np.array(masks, np.bool_)[..., 0]

    def _check_has_visits(self) -> None:
        if not self.visits:
            raise ValueError(
                "visits: expected the layers, for the receptive field, got none (pass "
                "architecture= to top_activations)"
            )

    def _patches_of(self, images: ArrayLike | LabeledImages, channel: int) -> np.ndarray:
        found = zip(
            read_images(images, self.images[channel]), self.positions[channel].tolist(), strict=True
        )
        return np.stack(
            [cut_receptive_field(self.visits, image, position) for image, position in found]
        )


def top_activations(
    model: Model,
    images: ArrayLike | LabeledImages,
    layer: str,
    *,
    count: int = 9,
    batch_size: int = 256,
    architecture: Layer | None = None,
) -> TopActivations:
    """Find the images of a set that each channel of a layer responds to most.

    Use it to see what a channel detects. The set goes through the network batch by batch, so only
    the feature maps of one batch are in memory.

    Args:
        model: A built module, a trained network or a run.
        images: ``(N, H, W, C)``, or a data set.
        layer: The layer's name, as in `layer_names`.
        count: Number of images per channel. An image counts once, at the position where the channel
            is largest.
        batch_size: Images per batch.
        architecture: The architecture that the module was built from; needed only for
            `TopActivations.patches` of a bare module, because a trained network has its
            architecture.

    Returns:
        A `TopActivations` with the indices of the images, their values and their positions.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If there is no such layer, or a number is less than 1.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(4, 3, name="stem"), jaxcnn.GlobalAvgPool()])
        >>> model = jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0))
        >>> images = np.random.default_rng(0).random((20, 8, 8, 1), np.float32)
        >>> top = top_activations(model, images, "stem", count=5, architecture=net)
        >>> top.images.shape, top.patches(images).shape
        ((4, 5), (4, 5, 3, 3, 1))
    """
    check_int("count", count)
    check_int("batch_size", batch_size)
    subject = subject_of(model)
    images = images if isinstance(images, LabeledImages) else as_numpy(images)
    path = path_of(subject.module, layer)
    if not len(images):
        raise ValueError("images: expected at least one, (N, H, W, C), got none")
    found = _search(subject, images, layer, count, min(batch_size, len(images)))
    architecture = architecture or subject.architecture
    shape = images.shape[1:] if isinstance(images, np.ndarray) else images.input_shape
    visits = visits_up_to(architecture, shape, path) if architecture else []
    return TopActivations(
        layer=layer,
        images=found.images.T,
        values=found.values.T,
        positions=found.positions.swapaxes(0, 1),
        visits=tuple(visits),
    )


class _Activations(NamedTuple):
    """Images with their largest values and the positions of these: (images, channels)."""

    images: np.ndarray
    values: np.ndarray
    positions: np.ndarray


def _search(
    subject: Subject, images: np.ndarray | LabeledImages, layer: str, count: int, batch_size: int
) -> _Activations:
    """Find the images with the largest values of each channel, in descending order."""
    graph, variables = nnx.split(subject.module)

    @jax.jit
    def largest(variables: nnx.State, batch: Array) -> tuple[Array, Array]:
        merged = subject._replace(module=nnx.merge(graph, variables))
        return _largest_of_channels(record_call(merged, as_inputs(merged, batch), layer).outputs)

    best = None
    for first in range(0, len(images), batch_size):
        indices = np.arange(first, min(first + batch_size, len(images)))
        padded = np.resize(indices, batch_size)  # so that one program fits all batches
        values, positions = largest(variables, jnp.asarray(read_images(images, padded)))
        indices = np.broadcast_to(indices[:, None], (len(indices), values.shape[1]))
        found = _Activations(indices, *(np.asarray(a)[: len(indices)] for a in (values, positions)))
        best = _largest_per_channel(found if best is None else _concatenate(best, found), count)
    assert best is not None
    return best


def _largest_of_channels(maps: Array) -> tuple[Array, Array]:
    """Return the largest value of each channel in each image, and its position."""
    flat = maps.reshape(len(maps), -1, maps.shape[-1])
    places = jnp.unravel_index(flat.argmax(axis=1), (*maps.shape[1:-1], 1))
    return flat.max(axis=1), jnp.stack(places, axis=-1)[..., :-1]


def _concatenate(some: _Activations, others: _Activations) -> _Activations:
    return _Activations(*(np.concatenate(pair) for pair in zip(some, others, strict=True)))


def _largest_per_channel(found: _Activations, count: int) -> _Activations:
    order = np.argsort(-found.values, axis=0, kind="stable")[:count]
    images, values = (np.take_along_axis(array, order, axis=0) for array in found[:2])
    return _Activations(
        images, values, np.take_along_axis(found.positions, order[..., None], axis=0)
    )


def read_images(images: ArrayLike | LabeledImages, indices: np.ndarray) -> np.ndarray:
    """Return the images of an array or a data set at some indices."""
    if isinstance(images, LabeledImages):
        return images.read(indices)
    return np.asarray(images)[indices]
