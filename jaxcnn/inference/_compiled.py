"""A network compiled for predictions in batches of one size."""

import dataclasses
from collections.abc import Callable
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike
from numpy.typing import DTypeLike

from jaxcnn._support.arguments import check_int, per_axis
from jaxcnn.inference._input_checks import as_inputs, spatial_axes
from jaxcnn.inference._thresholds import check_has_classes, check_thresholds
from jaxcnn.lowering.fusion import fuse

if TYPE_CHECKING:
    from jaxcnn.inference._network import Network

Program = Callable[[np.ndarray], Array]
"""A compiled program; it takes inputs of one shape and dtype."""

INPUT_DTYPES = {
    "images": np.uint8,
    "signals": np.float32,
    "volumes": np.float32,
    "tokens": np.int32,
}
"""The usual dtype of inputs by kind. For others, a network is compiled later."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class CompiledNetwork:
    """A network compiled for predictions in batches of one size, from `Network.compile`.

    Use it where the same network predicts again and again: for the shortest time until an answer
    (``batch_size=1``), or for many inputs per second. Use it also for inputs of another size than
    the network was trained for: networks with global pooling take other sizes, those with `Flatten`
    do not. `Network.predict` takes only the size of the training.

    Batch norm is folded into the convolutions. Each convolution, and each dense layer at each
    pixel, is fused with the bias, the sum with a shortcut and the activation after it. So the
    results equal those of the network up to rounding. (Only where values on the way are not finite
    may they differ: oneDNN's ReLU turns NaN into 0, and its exact GELU infinity into NaN.) The
    weights are those at the time of compilation. The program runs on the default device, and on all
    cores of a CPU.

    Attributes:
        network: The network.
        batch_size: Number of inputs that the program takes at once.
        input_shape: The shape of one input.
    """

    network: "Network"
    batch_size: int
    input_shape: tuple[int, ...]
    _programs: dict[np.dtype, Program] = dataclasses.field(default_factory=dict, init=False)

    def __repr__(self) -> str:
        return f"CompiledNetwork({self.network!r}, {(self.batch_size, *self.input_shape)} at once)"

    def logits(self, images: ArrayLike) -> np.ndarray:
        """Compute the logits: the scores before the softmax (for multilabel, the sigmoid).

        Args:
            images: Images, signals, volumes or tokens, ``(N, *input_shape)``. Images are uint8 in
                0..255 or floating point in [0, 1], signals and volumes uint8 or finite floating
                point, tokens integers. N need not be the batch size: more inputs are computed in
                batches, and fewer are padded.

        Returns:
            ``(N, classes)`` float32, on the host.

        Raises:
            TypeError: If the dtype does not fit the network.
            ValueError: If the shape or the values do not.
        """
        network = self.network
        inputs = as_inputs(images, network.kind, self.input_shape, network.architecture)
        program = self._program_for(inputs.dtype)
        starts = range(0, len(inputs), self.batch_size)
        outputs = [program(self._padded(inputs[i : i + self.batch_size])) for i in starts]
        return np.concatenate([*map(np.asarray, outputs)])[: len(inputs)]

    def predict_proba(self, images: ArrayLike) -> np.ndarray:
        """Predict probabilities of classes: the softmax of the logits; for multilabel, the sigmoid.

        Args:
            images: ``(N, *input_shape)``, as for `logits`.

        Returns:
            ``(N, classes)`` float32; each row sums to 1, except for multilabel.

        Raises:
            ValueError: If the network is a regression, or the images do not fit the network.
        """
        check_has_classes(self.network.task)
        return np.asarray(self.network.task.predictions(self.logits(images)))

    def predict(self, images: ArrayLike, *, thresholds: ArrayLike | None = None) -> np.ndarray:
        """Predict the most probable class of each input; for multilabel, all probable classes.

        For a regression, predict one number per target.

        Args:
            images: ``(N, *input_shape)``, as for `logits`.
            thresholds: Multilabel only: the lowest probability of a predicted class. One threshold
                for all classes or ``(classes,)``; None means 0.5.

        Returns:
            Single label: class indices ``(N,)``. Multilabel: booleans ``(N, classes)``. Regression:
            numbers ``(N,)`` or ``(N, K)``.

        Raises:
            ValueError: If the images do not fit the network, or `thresholds` does not fit its task.
        """
        task = self.network.task
        lowest = check_thresholds(thresholds, task, len(self.network.class_names))
        return task.decide(np.asarray(task.predictions(self.logits(images))), lowest)

    def _program_for(self, dtype: np.dtype) -> Program:
        if dtype not in self._programs:
            self._programs[dtype] = _program(
                self.network, (self.batch_size, *self.input_shape), dtype
            )
        return self._programs[dtype]

    def _padded(self, images: np.ndarray) -> np.ndarray:
        missing = self.batch_size - len(images)
        return np.pad(images, [(0, missing), *[(0, 0)] * (images.ndim - 1)]) if missing else images


Method = TypeVar("Method", bound=Callable[..., CompiledNetwork])


def takes_names_only(method: Method) -> Method:
    """Give `Network.compile` an error that shows the names, if arguments come without them.

    Two numbers could be a batch size and a side, or two sides.
    """

    @wraps(method)
    def checked(network: "Network", *values: Any, **options: Any) -> CompiledNetwork:
        if values:
            got = ", ".join(f"{value!r:.40}" for value in values)
            raise TypeError(
                "batch_size: expected arguments by name, compile(batch_size=..., image_size=...), "
                f"got compile({got})"
            )
        return method(network, **options)

    return checked  # pyright: ignore[reportReturnType]


def compile_network(
    network: "Network", batch_size: int, image_size: int | tuple[int, ...] | None
) -> CompiledNetwork:
    """Compile a network for batches of one size; see `Network.compile`."""
    check_int("batch_size", batch_size)
    compiled = CompiledNetwork(network, batch_size, _input_shape(network, image_size))
    compiled.logits(np.zeros((1, *compiled.input_shape), INPUT_DTYPES[network.kind]))
    return compiled


def compile_predictions(network: "Network", batch_size: int, dtype: DTypeLike) -> Program:
    """Compile the predictions for batches of exactly one size, without checks of the inputs.

    Use it where inputs are checked one by one before they share a batch, as in a server. Elsewhere,
    `Network.compile` is safer. Networks are changed for speed in the same way.

    Args:
        network: The network.
        batch_size: Number of inputs in each batch.
        dtype: The dtype of the inputs: uint8 or float32, and for tokens int32.

    Returns:
        A function of inputs ``(batch_size, *input_shape)`` that returns ``(batch_size, classes)``
        float32: probabilities, or for a regression the numbers.
    """
    return _program(
        network, (batch_size, *network.input_shape), np.dtype(dtype), network.task.predictions
    )


def _input_shape(network: "Network", image_size: int | tuple[int, ...] | None) -> tuple[int, ...]:
    """Return the shape of one input, or raise unless the network takes it."""
    if image_size is None:
        return network.input_shape
    axes = spatial_axes(network.kind, network.input_shape)
    spatial, channels = network.input_shape[:axes], network.input_shape[axes:]
    shape = (*per_axis("image_size", image_size, axes), *channels)
    dtype = np.int32 if network.kind == "tokens" else np.float32
    try:
        network.apply.output_shape(network.variables, shape, dtype)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"image_size: expected a size that the network takes, such as {spatial}, got "
            f"{image_size!r} ({error})"
        ) from None
    return shape


def _program(
    network: "Network",
    shape: tuple[int, ...],
    dtype: np.dtype,
    outputs_of: Callable[[Array], Array] = jnp.asarray,
) -> Program:
    """Compile the network for one shape and dtype of inputs; `outputs_of` takes its logits."""
    normalization, apply, variables = network.normalization, network.apply, network.variables

    def logits(inputs: Array) -> Array:
        return apply(variables, normalization(inputs), train=False)[0]

    inputs = jax.ShapeDtypeStruct(shape, dtype)
    fused, constants = fuse(logits, inputs)

    def outputs(constants: list[Any], inputs: Array) -> Array:
        return outputs_of(fused(constants, inputs))

    return partial(jax.jit(outputs).lower(constants, inputs).compile(), constants)
