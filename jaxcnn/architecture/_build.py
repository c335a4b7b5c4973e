"""From data to a Flax module."""

import warnings
from collections.abc import Sequence

from flax import nnx

from jaxcnn._support.arguments import is_int
from jaxcnn._support.leaves import named_leaves
from jaxcnn.layers import (
    Activation,
    AdaptiveAvgPool,
    AvgPool,
    Container,
    Layer,
    MaxPool,
    Shape,
    as_plain,
    check_layer,
)

# Their outputs have one sign only; those of "tanh" and the others have both.
_NON_LOGIT_ACTIVATIONS = {
    "hard_sigmoid",
    "log_softmax",
    "relu",
    "relu6",
    "sigmoid",
    "softmax",
    "softplus",
    "heaviside",
}


def build(architecture: Layer, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
    """Make the Flax module that an architecture describes, with fresh parameters.

    Args:
        architecture: The network as data.
        input_shape: Shape of one example, with no batch axis: ``(H, W, C)``.
        rngs: Where the parameters' randomness comes from; the same seed gives the same bits.

    Returns:
        An `nnx.Module` called as ``module(inputs, *, train=False, key=None)`` with inputs of
        shape ``(N, *input_shape)``; `key` feeds dropout and is needed only in training.

    Raises:
        TypeError: If `architecture` is no layer.
        ValueError: If the shape is not one of positive integers, or a layer does not fit where
            it stands; the error names the layer.

    Warns:
        UserWarning: If the shape looks like channels first or a batch; if a pooling layer comes
            last that is not global, or an activation whose outputs are no logits (ReLU, sigmoid,
            softmax, ...). Logits have both signs and one value a class, and stand before the
            softmax, which losses such as that of `fit` apply themselves.

    Example:
        >>> import jax, jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(4, 3), jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> model = jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0))
        >>> model(jax.numpy.zeros((2, 8, 8, 1))).shape
        (2, 10)
    """
    check_layer(architecture)
    if not isinstance(rngs, nnx.Rngs):
        raise TypeError(f"rngs must be an nnx.Rngs such as nnx.Rngs(0), got {rngs!r}")
    shape = check_input_shape(input_shape)
    warn_of_axes(shape, stacklevel=2)
    last = _last_layer(architecture)
    if isinstance(last, AdaptiveAvgPool | AvgPool | MaxPool) or (
        isinstance(last, Activation) and last.function in _NON_LOGIT_ACTIVATIONS
    ):
        warnings.warn(
            f"the last layer is {last}: its outputs cannot serve as the logits of a classifier, "
            "which have both signs, one value a class, and no softmax or sigmoid behind them "
            "(the loss applies it); end with a Dense layer",
            stacklevel=2,
        )
    return architecture.build(shape, rngs=rngs)


def count_parameters(architecture: Layer, input_shape: Shape) -> int:
    """Number of trained parameters, from the data alone.

    (`functional.count_parameters` counts those of a pytree of arrays.)

    Args:
        architecture: The network as data.
        input_shape: Shape of one example, with no batch axis: ``(H, W, C)``.

    Example:
        >>> import jaxcnn
        >>> count_parameters(jaxcnn.models.keras_cifar_simple(), (32, 32, 3))
        4210090
    """
    return architecture.costs(check_input_shape(input_shape)).parameters


def check_built(argument: str, module: nnx.Module, architecture: Layer, input_shape: Shape) -> None:
    """Raise unless a module has the variables of one that the architecture builds.

    Args:
        argument: What the error calls the module.
        module: The module.
        architecture: What it should have been built from.
        input_shape: Of one example, checked.
    """
    like = nnx.eval_shape(lambda: architecture.build(input_shape, rngs=nnx.Rngs(0)))
    differing = sorted(name for name, _ in _variables(module) ^ _variables(like))
    if differing:
        raise ValueError(
            f"{argument}: not a module that the architecture builds for {input_shape}; they "
            f"differ in {', '.join(differing[:3])}"
        )


def _variables(module: nnx.Module) -> set[tuple[str, Shape]]:
    return {(name, leaf.shape) for name, leaf in named_leaves(nnx.state(module))}


def warn_of_axes(input_shape: Shape, *, stacklevel: int) -> None:
    """Warn of a shape that looks like channels first, or as if it had a batch axis."""
    match input_shape:
        case (1, height, width, 1 | 3 | 4) if min(height, width) > 4:
            problem = "a batch axis"
        case (1 | 3, height, width) if height == width > 4:
            problem = "channels first"
        case _:
            return
    warnings.warn(
        f"input_shape {input_shape} looks like {problem}; it is that of one example, channels "
        "last: (32, 32, 3)",
        stacklevel=stacklevel + 1,
    )


def check_input_shape(input_shape: Shape) -> Shape:
    """`input_shape` as a tuple; raises unless it holds positive integers."""
    shape = as_plain(tuple(input_shape)) if isinstance(input_shape, Sequence) else ()
    if not shape or not all(is_int(size) and size > 0 for size in shape):
        raise ValueError(
            f"input_shape must be positive integers like (32, 32, 3), got {input_shape!r}"
        )
    return shape


def _last_layer(architecture: Layer) -> Layer:
    """The layer that makes the outputs; a container that joins several chains is one itself."""
    chains = architecture.chains() if isinstance(architecture, Container) else ()
    if len(chains) != 1 or not chains[0]:
        return architecture
    return _last_layer(chains[0][-1].layer)
