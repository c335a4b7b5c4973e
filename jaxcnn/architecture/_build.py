"""Build Flax modules from architectures, and check what they are built from."""

from typing import overload

from flax import nnx

from jaxcnn._support.leaves import named_leaves
from jaxcnn._support.warn import warn
from jaxcnn.architecture._custom_layers import check_custom_layers
from jaxcnn.architecture._input_shape import check_input_shape, warn_of_axes
from jaxcnn.layers import (
    Activation,
    AdaptiveAvgPool,
    AvgPool,
    Container,
    Layer,
    MaxPool,
    Parallel,
    ParallelModule,
    Residual,
    ResidualModule,
    Sequential,
    SequentialModule,
    Shape,
    check_layer,
)

# The outputs of these have only one sign; those of "tanh" and the others have both.
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


@overload
def build(architecture: Sequential, input_shape: Shape, *, rngs: nnx.Rngs) -> SequentialModule: ...
@overload
def build(architecture: Residual, input_shape: Shape, *, rngs: nnx.Rngs) -> ResidualModule: ...
@overload
def build(architecture: Parallel, input_shape: Shape, *, rngs: nnx.Rngs) -> ParallelModule: ...
@overload
def build(architecture: Layer, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module: ...
def build(architecture: Layer, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
    """Build the Flax module of an architecture, with newly initialized parameters.

    Args:
        architecture: The network as data.
        input_shape: Shape of one example without batch axis, such as ``(H, W, C)``.
        rngs: Source of the random initial parameters; the same seed gives the same bits.

    Returns:
        An `nnx.Module`, called as ``module(inputs, *, train=False, key=None)`` with inputs of shape
        ``(N, *input_shape)``. Dropout draws from `key`. Only training needs a key. For a
        `Sequential`, it is a `jaxcnn.layers.SequentialModule`, whose layers are ``module[0]`` or
        ``module["name"]``.

    Raises:
        TypeError: If `architecture` is not a layer, or `rngs` is not an `nnx.Rngs`.
        ValueError: If `input_shape` is not made of positive integers, or a layer does not fit its
            input. Also if the module of a custom layer does not return the layer's `output_shape`.
            The error names the layer.

    Warns:
        UserWarning: If `input_shape` looks like channels first or includes a batch axis. Also if
            the last layer is a pooling that is not global, or an activation whose outputs cannot be
            logits (ReLU, sigmoid, softmax, ...). Logits can be positive or negative, and there is
            one logit per class. A network should not apply softmax or sigmoid to its logits,
            because the loss (such as the default of `fit`) does so.

    Example:
        >>> import jax, jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(4, 3), jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> model = jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0))
        >>> model(jax.numpy.zeros((2, 8, 8, 1))).shape
        (2, 10)
    """
    check_layer(architecture)
    if not isinstance(rngs, nnx.Rngs):
        raise TypeError(f"rngs: expected an nnx.Rngs such as nnx.Rngs(0), got {rngs!r}")
    shape = check_input_shape(input_shape)
    warn_of_axes(shape)
    last = _last_layer(architecture)
    if isinstance(last, AdaptiveAvgPool | AvgPool | MaxPool) or (
        isinstance(last, Activation) and last.function in _NON_LOGIT_ACTIVATIONS
    ):
        warn(
            f"the last layer is {last}: its outputs cannot be used as logits. Logits can be "
            "positive or negative, there is one per class, and they have not been through a "
            "softmax or sigmoid (the loss does that). End with a Dense layer.",
        )
    check_custom_layers(architecture, shape)
    return architecture.build(shape, rngs=rngs)


def count_parameters(architecture: Layer, input_shape: Shape) -> int:
    """Count the trained parameters of an architecture, without building it.

    To count the arrays of a built network, use `functional.count_parameters`.

    Args:
        architecture: The network as data.
        input_shape: Shape of one example without batch axis, such as ``(H, W, C)``.

    Returns:
        The number of trained parameters.

    Raises:
        ValueError: If `input_shape` is not made of positive integers, or a layer does not fit its
            input. The error names the layer.

    Example:
        >>> import jaxcnn
        >>> count_parameters(jaxcnn.models.keras_cifar_simple(), (32, 32, 3))
        4210090
    """
    return architecture.costs(check_input_shape(input_shape)).parameters


def check_built(argument: str, module: nnx.Module, architecture: Layer, input_shape: Shape) -> None:
    """Raise an error unless a module has the variables that `build` makes for the architecture.

    Args:
        argument: Name of the module in the error message.
        module: The module.
        architecture: The architecture that the module should have been built from.
        input_shape: Shape of one example, already checked.

    Raises:
        ValueError: If names or shapes of variables differ.
    """
    like = nnx.eval_shape(lambda: architecture.build(input_shape, rngs=nnx.Rngs(0)))
    differing = sorted({name for name, _ in _variables(module) ^ _variables(like)})
    if differing:
        raise ValueError(
            f"{argument}: expected a module that the architecture builds for {input_shape}, got "
            f"one that differs in {', '.join(differing[:3])}"
        )


def _variables(module: nnx.Module) -> set[tuple[str, Shape]]:
    return {(name, leaf.shape) for name, leaf in named_leaves(nnx.state(module))}


def _last_layer(architecture: Layer) -> Layer:
    """Return the layer that makes the outputs: a plain layer, or a container of several chains."""
    chains = architecture.chains() if isinstance(architecture, Container) else ()
    if len(chains) != 1 or not chains[0]:
        return architecture
    return _last_layer(chains[0][-1].layer)
