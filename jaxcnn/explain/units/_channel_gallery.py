"""Make a gallery: for each layer, what its channels respond to most."""

import dataclasses
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import Result, TableResult
from jaxcnn._support.tables import Table
from jaxcnn.data import LabeledImages, evenly_spaced
from jaxcnn.explain._inputs import Model, Subject, check_key, check_takes_images, subject_of
from jaxcnn.explain._layer_calls import record_calls_by_name
from jaxcnn.explain._layer_names import as_names, path_of
from jaxcnn.explain.units._feature_visualization import Ascent, Goal, visualize_channels
from jaxcnn.explain.units._gallery_layers import GalleryLayer, gallery_layers
from jaxcnn.explain.units._receptive_field import Box, box_at, visits_up_to
from jaxcnn.explain.units._top_activations import read_images, top_activations

PIXELS = ("pictures", "patches", "inside")
"""Attributes with pixels, which are not exported."""


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class LayerGallery(Result):
    """The gallery of a layer: pictures that its channels respond to, made and real.

    `to_dict` omits the pictures, the patches and what is inside.

    Attributes:
        layer: The name of the layer.
        title: What people read, such as ``"3: Conv 3×3 SAME"``.
        image_size: Height and width of the network's images.
        field: Height and width of the receptive field, within the image. That of a custom module,
            and of the output, is the whole image.
        channels: ``(n,)``, the indices of the channels; for the output, those of the classes.
        names: The classes; empty for other layers.
        total: Number of channels of the layer.
        pictures: ``(n, h, w, C)`` from 0 to 1: for each channel a picture of the receptive field
            that was made to be responded to.
        values: ``(n,)``, the responses to these pictures.
        patches: ``(n, count, h, w, C)``, the receptive fields in real images with the largest
            responses, in the images' dtype. None if no images were given.
        patch_values: ``(n, count)``, the responses to them; None if no images were given.
        inside: ``(n, count, h, w)`` bool, False where a patch is beyond an edge of its image. None
            if no images were given, or the patches are whole images.
    """

    layer: str
    title: str
    image_size: tuple[int, int]
    field: tuple[int, int]
    channels: np.ndarray
    names: tuple[str, ...] = ()
    total: int
    pictures: np.ndarray
    values: np.ndarray
    patches: np.ndarray | None = None
    patch_values: np.ndarray | None = None
    inside: np.ndarray | None = None

    @property
    def share(self) -> float:
        """The share of the image's pixels that a unit of the layer sees."""
        height, width = self.image_size
        return self.field[0] * self.field[1] / (height * width)

    def name_of(self, place: int) -> str:
        """Return the class, or the number of the channel, at a place in `channels`."""
        return self.names[place] if self.names else f"channel {self.channels[place]}"

    def _content(self) -> Mapping[str, Any]:
        content = {**super()._content()}
        return {name: content[name] for name in content if name not in PIXELS}


@dataclasses.dataclass(frozen=True, eq=False)
class ChannelGallery(TableResult):
    """A gallery of what channels respond to, layer by layer; ``print`` shows the responses.

    Attributes:
        layers: The layers, from the image to the output.
    """

    layers: tuple[LayerGallery, ...]

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        for layer in self.layers:
            for place, value in enumerate(layer.values):
                real = None if layer.patch_values is None else float(layer.patch_values[place, 0])
                yield {
                    "layer": layer.title,
                    "channel": layer.name_of(place),
                    "receptive_field": layer.field,
                    "made_picture": float(value),
                    "real_image": real,
                }

    def _blocks(self) -> Iterable[Block]:
        return [Table.of(self._rows(), words=3)]


def channel_gallery(
    model: Model,
    images: ArrayLike | LabeledImages | None = None,
    *,
    key: Array,
    layers: Sequence[str] | None = None,
    channels: int = 12,
    count: int = 4,
    steps: int = 160,
    input_shape: Sequence[int] | None = None,
    progress: bool = False,
) -> ChannelGallery:
    """Make a gallery of what channels respond to: edges, textures, parts, layer by layer.

    Use it for an overview of what a network has learned. For each channel, a picture is made by
    gradient ascent that makes the unit in the middle of the layer as large as possible. The picture
    shows the receptive field of the unit. Beside it are the pixels of real images that the channel
    responds to most. What the picture and the patches have in common is what the channel detects.
    The pictures of `activation_maximization` are whole images with more freedom; those of a gallery
    are smooth, have the contrast of the training images, and vary in color as photographs do. Real
    images without these limits can get larger responses.

    Args:
        model: A trained network, a run or a built module.
        images: ``(N, H, W, C)`` or a data set, to find real images in. None leaves them out.
        key: A random key for the start and the shifts.
        layers: The names of the layers, as in `layer_names`. None chooses up to eight convolutions
            from the first to the last, with their normalization, and the output.
        channels: Largest number of channels per layer, evenly spaced among all of them.
        count: Number of real images per channel.
        steps: Number of steps of the ascent.
        input_shape: The shape of an image, ``(H, W, 1 or 3)``; needed only for a bare module.
        progress: Whether to print a line on standard error when each layer starts.

    Returns:
        A `ChannelGallery`; `plot_channel_gallery` draws one of its layers.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If there is no such layer, a number is less than 1, the model does not take gray
            or color images, or `layers` is None and there is nothing to choose.

    Example:
        >>> import jaxcnn
        >>> from flax import nnx
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(4, 3, name="stem"), jaxcnn.GlobalAvgPool()])
        >>> model = jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0))
        >>> options = {"layers": ["stem"], "steps": 2, "input_shape": (8, 8, 1)}
        >>> gallery = channel_gallery(model, key=jax.random.key(0), **options)
        >>> gallery.layers[0].pictures.shape
        (4, 8, 8, 1)

    Source: Olah, Mordvintsev and Schubert 2017, *Feature Visualization* (the spectrum, the colors
    and the shifts, as in their library Lucid); Erhan et al. 2009, *Visualizing Higher-Layer
    Features of a Deep Network*; Zeiler and Fergus 2014 (the patches).
    """
    check_key(key)
    for name, value in (("channels", channels), ("count", count), ("steps", steps)):
        check_int(name, value)
    subject = subject_of(model)
    check_takes_images("channel_gallery", subject.kind)
    shape = _image_shape(subject, input_shape)
    if layers is None:
        chosen = gallery_layers(subject, shape)
    else:
        chosen = [GalleryLayer(name, name) for name in as_names(layers)]
    shapes = _output_shapes(subject, shape, chosen)
    asked = _Asked(model, subject, images, shape, channels, count, steps)
    # The first of the keys is left out, so that a key makes the same pictures as ever.
    keys = jax.random.split(key, len(chosen) + 1)[1:]
    galleries = []
    for number, (layer, outputs, own_key) in enumerate(zip(chosen, shapes, keys, strict=True), 1):
        if progress:
            print(f"{number:2}/{len(chosen)}  {layer.title}", file=sys.stderr)
        galleries.append(asked.gallery_of(layer, outputs, own_key))
    return ChannelGallery(tuple(galleries))


class _Asked(NamedTuple):
    """The arguments of `channel_gallery`, checked."""

    model: Model
    subject: Subject
    images: ArrayLike | LabeledImages | None
    shape: tuple[int, ...]
    channels: int
    patches: int
    steps: int

    def gallery_of(self, layer: GalleryLayer, outputs: tuple[int, ...], key: Array) -> LayerGallery:
        """Make the gallery of a layer whose output has this shape."""
        *spatial, total = outputs
        shown = evenly_spaced(total, self.channels)
        position = tuple(side // 2 for side in spatial)
        goal = Goal(layer.name, shown, position, self.field_at(layer.name, position))
        pictures, values = visualize_channels(
            self.subject, goal, self.shape, key, Ascent(self.steps)
        )
        names = (
            () if spatial or total != len(self.subject.class_names) else self.subject.class_names
        )
        return LayerGallery(
            layer=layer.name,
            title=layer.title,
            image_size=(self.shape[0], self.shape[1]),
            field=pictures.shape[1:3],
            channels=shown,
            names=tuple(names[k] for k in shown) if names else (),
            total=total,
            pictures=pictures,
            values=values,
            **self.patches_of(layer.name, shown),
        )

    def field_at(self, layer: str, position: tuple[int, ...]) -> Box:
        """Return the receptive field of a position; the whole image if it is not known."""
        if self.subject.architecture is not None and position:
            path = path_of(self.subject.module, layer)
            visits = visits_up_to(self.subject.architecture, self.shape, path)
            if visits:
                return box_at(visits, self.shape, position)
        return Box((0, 0), self.shape[:2])

    def patches_of(self, layer: str, channels: np.ndarray) -> dict[str, np.ndarray]:
        """Find the patches of real images with the largest responses; empty without images."""
        if self.images is None:
            return {}
        found = top_activations(self.model, self.images, layer, count=self.patches)
        values = found.values[channels]
        if found.visits and found.positions.shape[-1]:
            shown = channels.tolist()
            return {
                "patches": found.patches(self.images, channels=shown),
                "patch_values": values,
                "inside": found.inside(self.shape, channels=shown),
            }
        images = read_images(self.images, found.images[channels].ravel())
        patches = images.reshape(*found.images[channels].shape, *self.shape)
        return {"patches": patches, "patch_values": values}


def _image_shape(subject: Subject, input_shape: Sequence[int] | None) -> tuple[int, ...]:
    shape = input_shape or subject.input_shape
    if shape is None:
        raise ValueError("input_shape: expected (H, W, C) for a bare module, got None")
    shape = tuple(shape)
    if len(shape) != 3 or shape[-1] not in (1, 3):
        raise ValueError(f"input_shape: expected (H, W, 1) or (H, W, 3), got {shape}")
    return shape


def _output_shapes(
    subject: Subject, shape: tuple[int, ...], layers: Sequence[GalleryLayer]
) -> list[tuple[int, ...]]:
    """Return the shape of each layer's output for one image, without computing it."""
    names = [layer.name for layer in layers]

    def outputs(images: Array) -> dict[str, Array]:
        calls = record_calls_by_name(subject, images, names)
        return {name: call.outputs for name, call in calls.items()}

    found = jax.eval_shape(outputs, jax.ShapeDtypeStruct((1, *shape), np.float32))
    return [found[name].shape[1:] for name in names]
