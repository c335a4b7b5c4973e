"""What the layers of a network make of images."""

from collections.abc import Callable, Sequence
from typing import overload

from jax import Array
from jax.typing import ArrayLike

from jaxcnn.explain._intercept import Compute, Intercept, intercepted
from jaxcnn.explain._layers import path_of
from jaxcnn.explain._subject import Model, Subject, as_inputs, subject_of


@overload
def feature_maps(model: Model, images: ArrayLike, layers: str) -> Array: ...
@overload
def feature_maps(
    model: Model, images: ArrayLike, layers: list[str] | tuple[str, ...]
) -> dict[str, Array]: ...
def feature_maps(
    model: Model, images: ArrayLike, layers: str | list[str] | tuple[str, ...]
) -> Array | dict[str, Array]:
    """The outputs of named layers.

    Args:
        model: a built module, a trained network or a run.
        images: ``(N, H, W, C)``, as the model takes them.
        layers: the name of a layer, as from `layer_names`, or several.

    Returns:
        ``(N, *output_shape)`` of the layer; of several, a dict by their names.

    Raises:
        TypeError: if `model` or `images` are of the wrong kind.
        ValueError: if there is no such layer.

    Example:
        >>> import jax, jaxcnn
        >>> from flax import nnx
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(2, 3, name="stem"), jaxcnn.GlobalAvgPool()])
        >>> model = jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0))
        >>> feature_maps(model, jax.numpy.ones((1, 8, 8, 1)), "stem").shape
        (1, 8, 8, 2)
    """
    subject = subject_of(model)
    names = [layers] if isinstance(layers, str) else [*layers]
    _, outputs = outputs_and_layers(subject, as_inputs(subject, images), names)
    return outputs[layers] if isinstance(layers, str) else outputs


def outputs_and_layers(
    subject: Subject, inputs: Array, layers: Sequence[str]
) -> tuple[Array, dict[str, Array]]:
    """The network's outputs, and those of some of its layers by their names."""
    kept: dict[str, Array] = {}
    intercepts = {path_of(subject.module, name): _keep(kept, name) for name in layers}
    outputs = subject._replace(module=intercepted(subject.module, intercepts))(inputs)
    return outputs, {name: kept[name] for name in layers}


def outputs_through(
    subject: Subject, inputs: Array, layer: str, change: Callable[[Array], Array]
) -> Array:
    """The network's outputs, where `change` is done to the outputs of one layer."""

    def changed(compute: Compute, inputs: Array) -> Array:
        return change(compute(inputs))

    intercepts = {path_of(subject.module, layer): changed}
    return subject._replace(module=intercepted(subject.module, intercepts))(inputs)


def _keep(kept: dict[str, Array], name: str) -> Intercept:
    def keep(compute: Compute, inputs: Array) -> Array:
        kept[name] = compute(inputs)
        return kept[name]

    return keep
