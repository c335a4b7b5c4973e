"""A first convolution that decorrelates the pixels of small patches, with weights from images."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn import functional as F
from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.layers._branches import ParallelModule, ResidualModule
from jaxcnn.layers._call import call
from jaxcnn.layers._convolution import Conv
from jaxcnn.layers._layer import Costs, Layer
from jaxcnn.layers._receptive_field import ReceptiveField, Shape
from jaxcnn.layers._sequential import SequentialModule

_IMAGES_AT_ONCE = 256  # their patches lie in memory together


@dataclasses.dataclass(frozen=True)
class WhiteningConv(Layer):
    """A first convolution whose frozen filters whiten small patches of the training images.

    The filters are the eigenvectors of the covariance of all ``kernel_size`` patches, each
    scaled to unit variance, then each once more with its sign turned: ``2 * kernel * C_in``
    filters, with a trained bias. They start as random orthogonal filters; `initialize_from_data`
    (which `fit` calls) sets them from images.

    Source: Page 2018, *How to train your ResNet*; Jordan 2024, *94% on CIFAR-10 in 3.29 seconds*.

    Args:
        kernel_size: the patches' side, in pixels; no padding, stride 1.
        epsilon: added to the eigenvalues, so that patches that never vary are not blown up.
    """

    kernel_size: int = 2
    epsilon: float = 5e-4

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int("kernel_size", self.kernel_size)
        check_number("epsilon", self.epsilon, minimum=0)

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(H - kernel_size + 1, W - kernel_size + 1, 2 * kernel_size**2 * C_in)``."""
        return self._as_conv(input_shape).output_shape(input_shape)

    def costs(self, input_shape: Shape) -> Costs:
        """Only the bias is trained; the frozen filters cost multiplications and memory."""
        conv = self._as_conv(input_shape)
        return conv.costs(input_shape)._replace(parameters=conv.features)

    def receptive_field(self, input_shape: Shape) -> ReceptiveField:
        """The patch."""
        return self._as_conv(input_shape).receptive_field(input_shape)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `WhiteningConvModule`."""
        self.output_shape(input_shape)
        return WhiteningConvModule(
            input_shape[-1], self.kernel_size, epsilon=self.epsilon, rngs=rngs
        )

    def _as_conv(self, input_shape: Shape) -> Conv:
        if len(input_shape) != 3:
            raise ValueError(f"input_shape must be (H, W, C), got {input_shape}")
        features = 2 * self.kernel_size**2 * input_shape[-1]
        return Conv(features, self.kernel_size, padding="VALID")


class Frozen(nnx.Variable):
    """An array that belongs to the network but is not trained."""


class WhiteningConvModule(nnx.Module):
    """A VALID convolution with frozen whitening filters and a trained bias.

    Source: Page 2018, *How to train your ResNet*; Jordan 2024, *94% on CIFAR-10 in 3.29 seconds*.

    Args:
        in_channels: channels of the images.
        kernel_size: the patches' side, in pixels.
        epsilon: added to the eigenvalues of the patches' covariance.
        rngs: for the orthogonal filters that stand until `initialize_from_data` is called.
    """

    def __init__(
        self, in_channels: int, kernel_size: int, *, epsilon: float, rngs: nnx.Rngs
    ) -> None:
        self.epsilon = epsilon
        patch = kernel_size * kernel_size * in_channels
        filters = jax.nn.initializers.orthogonal()(rngs.params(), (patch, patch))
        self.kernel = Frozen(_both_signs(filters, (kernel_size, kernel_size, in_channels)))
        self.bias = nnx.Param(jnp.zeros(2 * patch))

    def __call__(self, inputs: ArrayLike) -> Array:
        """``(N, H, W, C)`` to ``(N, H - k + 1, W - k + 1, 2 * k * k * C)``."""
        bias = self.bias[...]
        # A training step that computes in bfloat16 casts the parameters; the kernel is none.
        return F.conv(inputs, self.kernel[...].astype(bias.dtype), bias, padding="VALID")

    def initialize_from_data(self, images: Array) -> None:
        """Set the filters to whiten the patches of `images`, of shape ``(N, H, W, C)``."""
        height, width, channels = self.kernel.shape[:3]
        filters = _whitening_filters(images, (height, width), self.epsilon)
        self.kernel[...] = _both_signs(filters, (height, width, channels))


def _whitening_filters(images: Array, window: tuple[int, int], epsilon: float) -> Array:
    """Eigenvectors of the patch covariance over the square roots of their eigenvalues, in columns.

    Returns:
        ``(patch, patch)``, the directions of largest variance first.
    """
    starts = range(0, len(images), _IMAGES_AT_ONCE)
    chunks = (images[start : start + _IMAGES_AT_ONCE] for start in starts)
    covariance = sum(_patch_covariance(chunk, window) * len(chunk) for chunk in chunks)
    eigenvalues, eigenvectors = jnp.linalg.eigh(covariance / len(images))
    return (eigenvectors / jnp.sqrt(eigenvalues + epsilon))[:, ::-1]


@partial(jax.jit, static_argnames="window")
def _patch_covariance(images: Array, window: tuple[int, int]) -> Array:
    """Mean product of any two values of a patch, over all patches: ``(patch, patch)``."""
    rows, columns = images.shape[1] - window[0] + 1, images.shape[2] - window[1] + 1
    taps = [
        images[:, i : i + rows, j : j + columns] for i in range(window[0]) for j in range(window[1])
    ]
    patches = jnp.concatenate(taps, axis=-1).reshape(-1, window[0] * window[1] * images.shape[-1])
    return jnp.matmul(patches.T, patches, precision="highest") / len(patches)


def _both_signs(filters: Array, kernel_shape: tuple[int, int, int]) -> Array:
    """Each column of `filters` as a filter, then each with its sign turned.

    So both halves of a direction survive the ReLU-like activation that follows.
    """
    return jnp.concatenate([filters, -filters], axis=1).reshape(*kernel_shape, -1)


def initialize_from_data(module: nnx.Module, images: Array) -> None:
    """Set the weights that are computed from images rather than drawn, in place.

    Args:
        module: a network; its layers that have a method ``initialize_from_data(inputs)`` are
            called with what reaches them of `images`. Other networks are left as they are.
        images: ``(N, H, W, C)``, as the network is fed them (normalized, say). A few thousand
            are plenty.
    """
    if hasattr(module, "initialize_from_data"):
        module.initialize_from_data(images)  # type: ignore[operator]
    elif isinstance(module, ParallelModule):
        for branch in module:
            initialize_from_data(branch, images)
    elif isinstance(module, SequentialModule):
        if isinstance(module, ResidualModule) and module.shortcut is not None:
            initialize_from_data(module.shortcut, images)
        layers = [*module]
        reached = 0
        for index, layer in enumerate(layers):
            if needs_data(layer):
                for before in layers[reached:index]:
                    images = call(before, images, train=False, key=None)
                initialize_from_data(layer, images)
                reached = index


def needs_data(module: nnx.Module) -> bool:
    """Whether `initialize_from_data` has anything to do for `module`.

    Example:
        >>> from jaxcnn import WhiteningConv
        >>> needs_data(WhiteningConv(2).build((8, 8, 3), rngs=nnx.Rngs(0)))
        True
        >>> needs_data(nnx.Linear(3, 2, rngs=nnx.Rngs(0)))
        False
    """
    return any(hasattr(node, "initialize_from_data") for _, node in nnx.iter_modules(module))
