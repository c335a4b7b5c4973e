"""What the layers of a network make of images."""

from typing import overload

from jax import Array
from jax.typing import ArrayLike

from jaxcnn.explain._calls import calls_by_name
from jaxcnn.explain._layers import names_in
from jaxcnn.explain._subject import Model, as_inputs, subject_of


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
        layers: the name of a layer, as from `layer_names`, or of a container, or several.

    Returns:
        ``(N, *output_shape)`` of the layer; of several, a dict by their names. Of a layer that a
        module calls more than once, what it makes the last time.

    Raises:
        TypeError: if an argument is of the wrong kind.
        ValueError: if there is no such layer, or the network does not call it.

    Example:
        >>> import jax, jaxcnn
        >>> from flax import nnx
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(2, 3, name="stem"), jaxcnn.GlobalAvgPool()])
        >>> model = jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0))
        >>> feature_maps(model, jax.numpy.ones((1, 8, 8, 1)), "stem").shape
        (1, 8, 8, 2)
    """
    subject = subject_of(model)
    calls = calls_by_name(subject, as_inputs(subject, images), names_in(layers))
    outputs = {name: call.outputs for name, call in calls.items()}
    return outputs[layers] if isinstance(layers, str) else outputs
