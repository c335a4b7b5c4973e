"""Weights that are computed from images: set them throughout a network."""

from flax import nnx
from jax import Array

from jaxcnn.layers._branches import ParallelModule, ResidualModule
from jaxcnn.layers._call import call
from jaxcnn.layers._sequential import SequentialModule


def initialize_from_data(module: nnx.Module, images: Array) -> None:
    """Set the weights that are computed from images rather than drawn, in place.

    Args:
        module: a network; its layers that have a method ``initialize_from_data(inputs)`` are
            called with what reaches them of `images`. Other networks are left as they are.
        images: ``(N, H, W, C)``, as the network is fed them (normalised, say). A few thousand
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
