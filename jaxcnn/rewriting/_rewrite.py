"""`rewrite`: apply steps to a trained network, and measure the error of each."""

from collections.abc import Callable, Iterable
from typing import Any, Literal, get_args

from jaxcnn._support.arguments import check_choice, check_number
from jaxcnn.data import LabeledImages
from jaxcnn.inference import Network
from jaxcnn.rewriting._dense_after_pooling import dense_after_pooling
from jaxcnn.rewriting._fold_batch_norms import fold_batch_norms
from jaxcnn.rewriting._measure import largest_error, outputs_of, same_decisions
from jaxcnn.rewriting._merge_pointwise import merge_pointwise
from jaxcnn.rewriting._network import as_network, as_weighted_layers, count_layers
from jaxcnn.rewriting._remove_dropout import remove_dropout
from jaxcnn.rewriting._result import RewriteStep, RewrittenNetwork
from jaxcnn.rewriting._tree import WeightedLayers
from jaxcnn.runs import Run, network_of

StepName = Literal["remove_dropout", "fold_batch_norms", "dense_after_pooling", "merge_pointwise"]
"""The names of the steps of `rewrite`."""

STEPS: tuple[StepName, ...] = get_args(StepName)
"""All steps of `rewrite`, in the order in which one makes room for the next."""

STEP_FUNCTIONS: dict[str, Callable[[WeightedLayers], tuple[WeightedLayers, int]]] = {
    "remove_dropout": remove_dropout,
    "fold_batch_norms": fold_batch_norms,
    "dense_after_pooling": dense_after_pooling,
    "merge_pointwise": merge_pointwise,
}


def rewrite(
    network: Network | Run,
    images: LabeledImages | Any,
    *,
    steps: Iterable[StepName] = STEPS,
    tolerance: float = 1e-4,
) -> RewrittenNetwork:
    """Rewrite a trained network to a smaller one that predicts the same, and measure the error.

    Use it before an export, or before the weights are quantized. The steps are identities of real
    numbers, so that only rounding changes the outputs. After each step the new network predicts
    `images`, and its logits are compared with those of the network that was given. The result has
    another architecture and other weights, and is saved and exported like any network. To train
    further, take the network that was given: it has the batch norms and dropout.

    - ``"remove_dropout"`` removes dropout of all kinds, and layers that return their input.
    - ``"fold_batch_norms"`` folds batch norms, layer scales and rescalings into the weights of the
      convolution or dense layer before or after them.
    - ``"dense_after_pooling"`` pools globally before 1×1 convolutions, which become dense layers.
    - ``"merge_pointwise"`` merges 1×1 convolutions and dense layers with the layer beside them,
      where that is no more work.

    Args:
        network: A trained network or a run whose layers are known.
        images: Inputs on which the outputs are compared, such as test images: an array
            ``(N, *input_shape)`` as for `Network.logits`, or a labeled set.
        steps: Names of the steps, in order.
        tolerance: The largest relative error of an input's logits after any step: the norm of the
            difference over the norm.

    Returns:
        A `RewrittenNetwork`: the new network, and a table of the steps.

    Raises:
        TypeError: If `network` is neither a network nor a run.
        ValueError: If the network was given as a Flax module, `images` does not fit it or is empty,
            or a step is not known. Also if the error after a step exceeds `tolerance`.

    Example::

        found = jaxcnn.rewrite(jaxcnn.load("runs/mine"), test.images)
        print(found)
        jaxcnn.export.onnx(found.network, "mine.onnx")

    Source: Jacob et al. 2018, *Quantization and Training of Neural Networks for Efficient
    Integer-Arithmetic-Only Inference*, section 3.2, for folded batch norms.
    """
    network = network_of(network)
    names = _checked_steps(steps)
    check_number("tolerance", tolerance, minimum=0)
    layers = as_weighted_layers(network)
    expected = outputs_of(network, images)
    if not expected.size:
        raise ValueError("images: expected at least one, got none")
    same = same_decisions(network, expected, expected)
    reached, found = network, [_result("given", 0, layers, largest_error(expected, expected), same)]
    for name in names:
        changed, count = STEP_FUNCTIONS[name](layers)
        error, same = found[-1].error, found[-1].same
        if count:
            layers, reached = changed, as_network(changed, network)
            outputs = outputs_of(reached, images)
            error = largest_error(outputs, expected)
            same = same_decisions(network, outputs, expected)
        found.append(_result(name, count, layers, error, same))
        _check_error(found[-1], tolerance)
    return RewrittenNetwork(reached, tuple(found), len(expected), float(tolerance))


def _checked_steps(steps: Iterable[str]) -> tuple[str, ...]:
    if isinstance(steps, str) or not isinstance(steps, Iterable):
        raise TypeError(f"steps: expected names such as {STEPS[:2]}, got {steps!r:.80}")
    names = tuple(steps)
    for name in names:
        check_choice("steps", name, STEPS)
    return names


def _result(
    name: str, count: int, layers: WeightedLayers, error: float, same: int | None
) -> RewriteStep:
    costs = layers.architecture.costs(layers.input_shape)
    return RewriteStep(name, count, count_layers(layers), costs.parameters, costs.macs, error, same)


def _check_error(step: RewriteStep, tolerance: float) -> None:
    if not step.error <= tolerance:
        raise ValueError(
            f"tolerance: expected an error of at most {tolerance:g}, got {step.error:.2g} after "
            f"{step.step!r}, which rewrote {step.rewritten:,} layers (leave this step out of "
            "steps, or allow a larger error)"
        )
