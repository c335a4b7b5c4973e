"""Outputs at each position of images that are larger than memory, computed tile by tile."""

import dataclasses
import itertools
import mmap
from collections.abc import Iterator
from typing import Any, Self

import numpy as np

from jaxcnn import functional as F
from jaxcnn._support.arguments import check_int, per_axis
from jaxcnn._support.arrays import as_array, holds_paths
from jaxcnn.architecture import Tiling, backbone
from jaxcnn.data import Kind, Regression, Task, check_images, check_inputs
from jaxcnn.inference._evaluate import compute_logits
from jaxcnn.inference._normalization import Normalization
from jaxcnn.inference._pure import Apply, Variables, functionalize
from jaxcnn.layers import Layer, Shape

TILE = 512
"""The default size of tiles."""

Region = tuple[slice, ...]
"""A part of an array: one slice per spatial axis."""


class TiledInference:
    """The methods of a `Network` for images of any size, with an output at each position.

    Its attributes are described at `Network`.
    """

    apply: Apply
    variables: Variables
    normalization: Normalization
    input_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    architecture: Layer | None
    task: Task
    kind: Kind

    def backbone(self) -> Self:
        """Return the network without its head: its outputs are the feature maps before the head.

        The head begins where `jaxcnn.backbone` says. If it has weights, the outputs are numbers,
        called ``"feature 0"``, ``"feature 1"`` and so on. A head without weights, such as a
        `GlobalAvgPool` after a 1×1 convolution, leaves the classes as they are: the outputs are
        then the logits at each position.

        Raises:
            TypeError: If the network is not a `Sequential`.
            ValueError: If there is no layer at which a head could begin.
        """
        apply, variables = functionalize(backbone(self.apply.module(self.variables)))
        names, task = self.class_names, self.task
        if F.count_parameters(variables.params) < F.count_parameters(self.variables.params):
            features = apply.output_shape(variables, self.input_shape)[-1]
            names, task = tuple(f"feature {n}" for n in range(features)), Regression()
        return dataclasses.replace(
            self,  # pyright: ignore[reportArgumentType] - a Network is a dataclass
            apply=apply,
            variables=variables,
            class_names=names,
            architecture=None if self.architecture is None else backbone(self.architecture),
            task=task,
        )

    def predict_tiled(
        self,
        image: Any,
        *,
        tile: int | tuple[int, ...] = TILE,
        out: Any = None,
        batch_size: int = 1,
        devices: int | None = None,
    ) -> Any:
        """Compute the outputs at each position of an image that is larger than memory.

        The image is cut into tiles that overlap by the network's receptive field. The outputs are
        those of the whole image: equal bits if each convolution is computed by the same method for
        a tile as for the whole image, else equal up to rounding. Layers must depend on a window of
        their input: convolutions, pooling, activations, batch norm, dropout, dense layers at each
        position, transposed convolutions, and sums and concatenations of these. For a network with
        a head, use ``network.backbone().predict_tiled(image)``.

        Args:
            image: One image of any size, ``(H, W, C)``, a signal or a volume: an array, a memory
                map (`numpy.memmap`), or any object with a `shape` that returns arrays for slices,
                such as data sets of h5py and Zarr. Images are uint8 in 0..255 or floating point in
                [0, 1].
            tile: Largest side of the tiles in pixels, or one per spatial axis. The memory depends
                on it. Too small tiles are an error, as they have no right outputs.
            out: Where to write the outputs, such as a memory map of floats. None makes an array in
                memory.
            batch_size: Number of tiles that are computed at once.
            devices: Number of devices that share each batch of tiles; None means all devices.

        Returns:
            `out`, or an array: ``(H', W', outputs)`` float32. A network with strides has fewer
            outputs than pixels.

        Raises:
            TypeError: If the dtype of `image` or `out` is wrong, or `tile` is not an integer.
            ValueError: If a layer depends on more than a window of its input, such as `Flatten`,
                `GlobalAvgPool` or `GroupNorm`. The error names the layer. Also if the tiles are too
                small, or a shape or a value is wrong.
        """
        check_int("batch_size", batch_size)
        image = _as_image(image, self.kind, self.input_shape)
        if self.architecture is None:
            raise ValueError(
                "network: expected one that was built from layers, so that receptive fields are "
                "known, got a module"
            )
        tiling = Tiling.of(self.architecture, image.shape)
        tiles = _tiles(tiling, tile)
        out = _as_out(out, (*(axis.outputs for axis in tiling.axes), tiling.features))
        while batch := [*itertools.islice(tiles, batch_size)]:
            pixels = np.stack([np.asarray(image[region]) for region, _, _ in batch])
            outputs = compute_logits(
                self.variables,
                _checked(pixels, self.kind),
                apply=self.apply,
                normalization=self.normalization,
                batch_size=batch_size,
                devices=devices,
            )
            for (_, kept, region), computed in zip(batch, outputs, strict=True):
                out[region] = computed[kept]
            _release_pages(image)
            _release_pages(out)
        return out


def _tiles(tiling: Tiling, tile: Any) -> Iterator[tuple[Region, Region, Region]]:
    """Return the tiles: their pixels, which of their outputs to keep, and where these belong."""
    spans = []
    for axis, size in zip(tiling.axes, per_axis("tile", tile, len(tiling.axes)), strict=True):
        try:
            spans.append(axis.spans(size))
        except ValueError as error:
            raise ValueError(f"tile: {error}, got {tile!r}") from None
    for each in itertools.product(*spans):
        pixels, kept, outputs = zip(*each, strict=True)
        yield pixels, kept, outputs


def _as_image(image: Any, kind: Kind, input_shape: Shape) -> Any:
    """Return an image that has a shape; raise unless the network takes its channels."""
    if kind == "tokens":
        raise ValueError("network: expected one of images, signals or volumes, got one of tokens")
    channels, rank = input_shape[-1], len(input_shape)
    expected = f"({', '.join([*'DHW'[1 - rank :], str(channels)])})"
    if holds_paths(image):
        raise TypeError(
            f"image: expected an array or a memory map {expected}, got {image!r:.80} "
            "(jaxcnn.data.load_image and numpy.memmap read files)"
        )
    image = image if hasattr(image, "shape") else as_array("image", image)
    shape = tuple(image.shape)
    if len(shape) == rank and shape[-1] == channels and min(shape) > 0:
        return image
    hint = ""
    if len(shape) == rank - 1 and channels == 1:
        hint = " (add the channel axis: image[..., None])"
    elif len(shape) == rank + 1:
        hint = " (pass one image, without a batch axis: images[0])"
    elif len(shape) == rank and shape[0] == channels:
        hint = " (move the channels last: np.moveaxis(image, 0, -1))"
    raise ValueError(f"image: expected shape {expected}, got {shape}{hint}")


def _checked(pixels: np.ndarray, kind: Kind) -> np.ndarray:
    if kind == "images":
        return check_images(pixels, name="image")
    return check_inputs(pixels, kind, name="image")


def _as_out(out: Any, shape: Shape) -> Any:
    """Return an array for the outputs, by default a new one."""
    if out is None:
        return np.empty(shape, np.float32)
    found = tuple(getattr(out, "shape", ()))
    if found != shape:
        raise ValueError(f"out: expected shape {shape}, got {found}")
    if not np.issubdtype(out.dtype, np.floating):
        raise TypeError(f"out: expected floating point, got {out.dtype}")
    return out


def _release_pages(array: Any) -> None:
    """Take the pages of a memory map out of this process's memory; the file keeps its content."""
    while isinstance(array, np.ndarray) and not isinstance(array, np.memmap):
        array = array.base
    # The pages of a private map ("c") may be changed, and are in no file.
    if isinstance(array, np.memmap) and array.mode != "c":
        while isinstance(array, np.ndarray):
            array = array.base
        if isinstance(array, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            array.madvise(mmap.MADV_DONTNEED)
