"""Compute and draw the norm of each layer's gradient, to detect vanishing gradients."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import jax
import numpy as np
from jax import Array
from jax.core import Tracer
from jax.typing import ArrayLike

from jaxcnn._support.arrays import as_operand
from jaxcnn.architecture import short_path
from jaxcnn.data import Task, as_task
from jaxcnn.explain._inputs import Model, as_inputs, subject_of
from jaxcnn.explain._layer_names import in_order, layer_names
from jaxcnn.explain.drawing._figure import BLUE, GRAY, ORANGE, as_written, new_figure, quiet_frame
from jaxcnn.inference import Network, functionalize
from jaxcnn.runs import Run
from jaxcnn.training import norms_per_layer

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def gradient_norms(
    model: Model,
    images: ArrayLike,
    labels: ArrayLike,
    *,
    key: Array | None = None,
    task: Task | str | None = None,
) -> dict[str, Array]:
    """Compute the gradient norm of each layer, for the mean loss of one batch in train mode.

    Use it to detect vanishing gradients: if the norms of the first layers are many times smaller
    than the norms of the last layers, the first layers hardly learn.

    Args:
        model: A built module (for example before training), a trained network or a run.
        images: Images ``(N, H, W, C)`` in the form that the model expects.
        labels: The labels. One class per image: integers ``(N,)``. Several classes per image:
            ``(N, K)``, with 1 for each class that the image shows. Regression: target values
            ``(N,)`` or ``(N, K)``.
        key: A random key for dropout; needed only by networks with dropout.
        task: The meaning of the labels, as for `jaxcnn.data.Dataset`. None means the task of the
            trained network. For a bare module, None means one class per image for labels ``(N,)``,
            and several classes per image for labels ``(N, K)``.

    Returns:
        A dict that maps the name of each layer with parameters to the Euclidean norm of the
        gradient with respect to all parameters of this layer. The entries are in the order of the
        layers. Within `jax.jit`, which sorts dicts, the entries are in the order of the names. The
        loss is the task's default, such as softmax cross-entropy for one class per image.

    Raises:
        TypeError: If `model` or `images` has the wrong type.
        ValueError: If the labels do not fit the task. Also if a label is a class that the network
            does not have; traced labels are not checked for this.

    Example:
        >>> import jax.numpy as jnp
        >>> import jaxcnn
        >>> from flax import nnx
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(2, name="head")])
        >>> model = jaxcnn.build(net, (2, 2, 1), rngs=nnx.Rngs(0))
        >>> norms = gradient_norms(model, jnp.zeros((1, 2, 2, 1)), jnp.array([0]))
        >>> f"{norms['head']:.4f}"  # 0.5 to either bias: √(0.5² + 0.5²)
        '0.7071'

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks" (2010), https://proceedings.mlr.press/v9/glorot10a.html
    """
    subject = subject_of(model)
    inputs = as_inputs(subject, images)
    if subject.normalization is not None:
        inputs = subject.normalization(inputs)
    truths = as_operand("labels", labels)
    resolved_task = _task(model, task, truths)
    per_example = resolved_task.default_loss()
    apply, variables = functionalize(subject.module)

    def loss(params: object) -> Array:
        logits, _ = apply(variables._replace(params=params), inputs, train=True, key=key)
        if not isinstance(labels, Tracer):
            resolved_task.check_labels(labels, examples=len(inputs), outputs=logits.shape[-1])
        return per_example(logits, truths).mean()

    found = norms_per_layer(jax.grad(loss)(variables.params))
    norms = {short_path(layer): norm for layer, norm in found.items()}
    return {name: norms[name] for name in in_order(norms, layer_names(model))}


def _task(model: Model, task: Task | str | None, labels: Array) -> Task:
    """Return the caller's task, else the network's, else the one implied by the labels' shape."""
    trained = model.network if isinstance(model, Run) else model
    if task is None and isinstance(trained, Network):
        return trained.task
    return as_task(task, multilabel=task is None and labels.ndim == 2)


STYLES = ((BLUE, "o-"), (ORANGE, "s--"), (GRAY, "^:"), ("black", "D-."))


def plot_gradient_norms(
    norms: Mapping[str, Mapping[str, Array | float]], *, title: str = "Gradients, layer by layer"
) -> "Figure":
    """Plot the gradient norm of each layer, for one network or for several of the same depth.

    Args:
        norms: A dict that maps the label of each line to norms from `gradient_norms`, such as
            ``{"sigmoid": gradient_norms(...), "ReLU": gradient_norms(...)}``.
        title: The figure's title, such as the networks and the data.

    Returns:
        The figure: ``figure.savefig("gradients.png")`` writes it.

    Raises:
        ValueError: If there is no network, or more than four.
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> norms = {"sigmoid": {"0": 1e-4, "2": 1e-2}, "ReLU": {"0": 0.1, "2": 0.2}}
        >>> [line.get_label() for line in explain.plot_gradient_norms(norms).axes[0].lines]
        ['sigmoid', 'ReLU']
    """
    if not 1 <= len(norms) <= len(STYLES):
        raise ValueError(f"norms: expected 1 to {len(STYLES)} networks, got {len(norms)}")
    longest = max(norms.values(), key=len)
    figure = new_figure(
        max(6.0, 0.45 * len(longest) + 2.4), 4.8, title=title, caption=_caption(norms)
    )
    axes = figure.subplots()
    for (name, by_layer), (color, style) in zip(norms.items(), STYLES, strict=False):
        values = np.array([*map(float, by_layer.values())])
        axes.plot(np.where(values > 0, values, np.nan), style, color=color, label=as_written(name))
    alike = all([*by_layer] == [*longest] for by_layer in norms.values())
    ticks = [as_written(name, 16) if alike else str(k + 1) for k, name in enumerate(longest)]
    axes.set_xticks(range(len(ticks)), ticks, rotation=45 if alike and len(ticks) > 6 else 0)
    axes.set(yscale="log", xlabel="layer, from the images to the output", ylabel="gradient norm")
    quiet_frame(axes)
    axes.legend(frameon=False)
    return figure


def _caption(norms: Mapping[str, Mapping[str, Array | float]]) -> str:
    parts = []
    for name, by_layer in norms.items():
        values = [*map(float, by_layer.values())]
        first, last = values[0], values[-1]
        if first > 0:
            ratio = float(f"{last / first:.2g}")
            parts.append(f"{name}: the last layer's is {ratio:,g} times the first one's")
    return "; ".join(["Norm of each layer's gradient of the loss of one batch", *parts]) + "."
