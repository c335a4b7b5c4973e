"""Learning rates that grow from layer to layer, for fine-tuning."""

import glob

from jaxcnn._support.arguments import check_number
from jaxcnn.architecture import walk
from jaxcnn.inference import Network
from jaxcnn.layers import Container, Layer, Shape, layer_hint
from jaxcnn.runs import Run


def layer_wise_rates(
    architecture: Layer | Network | Run,
    input_shape: Shape | None = None,
    *,
    first_rate: float = 0.1,
) -> dict[str, float]:
    """Compute a learning rate factor for each layer, which grows toward the head.

    Use it to fine-tune a trained network with `scale_by_path`: first layers, whose filters suit
    most images, change little, and the new head is trained at the full rate. With L layers that
    have weights, the factor of layer i = 0, 1, ..., L - 1 is ``first_rate ** (1 - i / (L - 1))``.
    So each factor is the same multiple of the one before.

    Args:
        architecture: The network as data; or a trained network or its run.
        input_shape: Shape of one example without batch axis, such as ``(H, W, C)``. None means that
            of the trained network.
        first_rate: The factor of the first layer, above 0 and at most 1.

    Returns:
        The factor of each layer with weights by the pattern of its arrays, in order of execution.

    Raises:
        TypeError: If `architecture` is none of them, or there is no shape.
        ValueError: If `first_rate` is out of range, or a layer does not fit its input.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential(
        ...     [jaxcnn.Conv(4, 3), jaxcnn.Conv(4, 3), jaxcnn.Flatten(), jaxcnn.Dense(10)]
        ... )
        >>> for pattern, rate in layer_wise_rates(net, (8, 8, 1), first_rate=0.25).items():
        ...     print(pattern, rate)
        layers.0.* 0.25
        layers.1.* 0.5
        layers.3.* 1.0

    Source: Howard and Ruder 2018, *Universal Language Model Fine-tuning for Text Classification*,
    section 3.2 (discriminative fine-tuning).
    """
    architecture, input_shape = _as_data(architecture, input_shape)
    check_number("first_rate", first_rate, above=0)
    if first_rate > 1:
        raise ValueError(f"first_rate: expected at most 1, the rate of the head, got {first_rate}")
    layers = [v for v in walk(architecture, input_shape) if not isinstance(v.layer, Container)]
    paths = [visit.path for visit in layers if visit.layer.costs(visit.input_shape).parameters]
    last = max(1, len(paths) - 1)
    return {
        f"{glob.escape(path)}.*" if path else "*": first_rate ** ((len(paths) - 1 - place) / last)
        for place, path in enumerate(paths)
    }


def _as_data(network: Layer | Network | Run, input_shape: Shape | None) -> tuple[Layer, Shape]:
    """Return a network's architecture and its input shape, if not another shape is given."""
    trained = network.network if isinstance(network, Run) else network
    if isinstance(trained, Network):
        if trained.architecture is None:
            raise ValueError(
                "architecture: expected a network with an architecture, got one that was trained "
                "as a module"
            )
        return trained.architecture, input_shape or trained.input_shape
    if not isinstance(trained, Layer):
        raise TypeError(
            "architecture: expected a layer such as Sequential, a trained network or a run, got "
            f"{type(trained).__name__}{layer_hint(trained)}"
        )
    if input_shape is None:
        raise TypeError("input_shape: expected the shape of one example, got None")
    return trained, input_shape
