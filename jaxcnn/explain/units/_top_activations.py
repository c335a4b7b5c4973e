"""Find and draw the images of a set that the channels of a layer respond to most."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn._support.arrays import as_array
from jaxcnn.architecture import VisitedLayer
from jaxcnn.data import LabeledImages
from jaxcnn.explain._inputs import Model, Subject, as_inputs, as_numpy, subject_of
from jaxcnn.explain._layer_calls import record_call
from jaxcnn.explain._layer_names import path_of
from jaxcnn.explain.drawing._drawable import as_rgb_images, check_names
from jaxcnn.explain.drawing._figure import new_figure, remove_frame
from jaxcnn.explain.drawing._mosaic import middles, mosaic, pitch
from jaxcnn.explain.drawing._signed_numbers import as_number
from jaxcnn.explain.units._receptive_field import cut_receptive_field, visits_up_to
from jaxcnn.layers import Layer

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
        if not self.visits:
            raise ValueError(
                "visits: expected the layers, for the receptive field, got none (pass "
                "architecture= to top_activations)"
            )
        shown = range(len(self.images)) if channels is None else channels
        return np.stack([self._patches_of(images, channel) for channel in shown])

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


MAX_CHANNELS, MAX_TILES = 16, 256
MAX_SIDE, WIDTH_OF_NAMES = 0.75, 1.6  # of a patch; in inches


def plot_top_activations(
    patches: npt.ArrayLike,
    *,
    values: npt.ArrayLike | None = None,
    channels: Sequence[int] | None = None,
    title: str = "What channels respond to most",
) -> "Figure":
    """Draw the image patches that each channel of a layer responds to most, one row per channel.

    Args:
        patches: `(channels, count, h, w, C)` with C 1 or 3, uint8 or floats from 0 to 1, in
            descending order of activation, as from `TopActivations.patches`.
        values: `(channels, count)`: the value of the channel for each patch.
        channels: The indices of the channels. None means 0, 1, ...
        title: The figure's title, such as the layer, the network and the data.

    Returns:
        The figure: ``figure.savefig("top.png")`` writes it. Only the first 16 channels are shown.

    Raises:
        TypeError: If the patches are neither uint8 nor floating point.
        ValueError: If shapes do not fit together, if floats lie outside 0 to 1, or if there are
            more than 256 patches.
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> figure = explain.plot_top_activations(np.zeros((2, 9, 5, 5, 3)), channels=[3, 7])
        >>> [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
        ['channel 3', 'channel 7']
    """
    pictures = as_array("patches", patches)
    if pictures.ndim != 5:
        raise ValueError(
            f"patches: expected shape (channels, count, h, w, C), got {pictures.shape}"
        )
    rows, count, *_ = pictures.shape
    numbers = [*range(rows)] if channels is None else [*channels]
    reached = None if values is None else np.asarray(values, np.float32)
    _check(rows, count, numbers, reached)
    shown = min(rows, MAX_CHANNELS)
    tiles = as_rgb_images(pictures[:shown].reshape(-1, *pictures.shape[2:]))
    drawn = mosaic(tiles, count, between=1)
    side = min(MAX_SIDE, 7.0 / count)
    width, height = side * count, side * count * drawn.shape[0] / drawn.shape[1]
    figure = new_figure(
        max(width + WIDTH_OF_NAMES, 5.0),
        height + 1.4,
        title=title,
        caption=_caption(rows, count, reached),
    )
    axes = figure.subplots()
    axes.imshow(drawn, interpolation="nearest")
    remove_frame(axes)
    names = [_name(row, numbers, reached) for row in range(shown)]
    axes.set_yticks(middles(shown, pitch(*tiles.shape[1:3])[0]), names, fontsize=9)
    axes.tick_params(length=0)
    return figure


def _check(rows: int, count: int, channels: Sequence[int], values: np.ndarray | None) -> None:
    if min(rows, MAX_CHANNELS) * count > MAX_TILES:
        raise ValueError(
            f"patches: expected at most {MAX_TILES // MAX_CHANNELS} per channel, got {count}"
        )
    check_names("channels", channels, rows, "channels")
    if values is not None and values.shape != (rows, count):
        raise ValueError(
            f"values: expected shape ({rows}, {count}), one per patch, got {values.shape}"
        )


def _name(row: int, channels: Sequence[int], values: np.ndarray | None) -> str:
    name = f"channel {channels[row]}"
    if values is None:
        return name
    return f"{name}\n{as_number(float(values[row, 0]))} to {as_number(float(values[row, -1]))}"


def _caption(rows: int, count: int, values: np.ndarray | None) -> str:
    which = f" The first {MAX_CHANNELS} of {rows} channels." if rows > MAX_CHANNELS else ""
    known = "" if values is None else ", with the largest and the smallest of these responses"
    return (
        f"Each row: the {count} images of the set to which the channel responds most, in "
        f"descending order{known}. Each is cut to the receptive field of the channel's largest "
        f"value. Black is beyond the image's edge.{which}"
    )
