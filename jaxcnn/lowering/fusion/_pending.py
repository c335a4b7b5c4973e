"""A convolution that is not computed yet, with the operations that are fused with it."""

import dataclasses
import math
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from jaxcnn.lowering.fusion._primitive import fused_convolution


@dataclasses.dataclass(frozen=True)
class Pending:
    """``activation(convolution(inputs, kernel) + bias + addend)``, to be computed later.

    Each method returns the convolution that includes one more operation, or None if it cannot.

    Attributes:
        inputs: The input.
        kernel: The kernel, a constant.
        params: The parameters of the convolution.
        shape: The output's shape.
        bias: ``(channels,)``, a constant.
        addend: An array of the output's shape, or None.
        activation: The activation, or None.
    """

    inputs: Array
    kernel: np.ndarray
    params: dict[str, Any]
    shape: tuple[int, ...]
    bias: np.ndarray
    addend: Array | None = None
    activation: str | None = None

    @classmethod
    def of(cls, inputs: Any, kernel: Any, params: dict[str, Any], output: Any) -> "Pending | None":
        """Return a convolution alone; None if nothing can be fused with it.

        Args:
            inputs: The input.
            kernel: The kernel; it has to be a constant.
            params: The parameters of the convolution.
            output: The output's type.
        """
        numbers = params["dimension_numbers"]
        is_channels_last = numbers.out_spec == (0, output.ndim - 1, *range(1, output.ndim - 1))
        is_float32 = {inputs.dtype, kernel.dtype, output.dtype} == {np.dtype(np.float32)}
        is_plain = is_channels_last and is_float32 and params["batch_group_count"] == 1
        if isinstance(kernel, Tracer) or not is_plain:
            return None
        bias = np.zeros(output.shape[-1], np.float32)
        return cls(inputs, np.asarray(kernel), params, output.shape, bias)

    @property
    def is_open(self) -> bool:
        """Tell whether nothing but a bias follows the convolution yet."""
        return self.addend is None and self.activation is None

    def times(self, factor: Any) -> "Pending | None":
        """Multiply by a constant, one number or one per channel."""
        row = self._row(factor)
        if row is None or not self.is_open:
            return None
        out = self.params["dimension_numbers"].rhs_spec[0]
        columns = row.reshape([-1 if axis == out else 1 for axis in range(self.kernel.ndim)])
        return dataclasses.replace(self, kernel=self.kernel * columns, bias=self.bias * row)

    def plus(self, term: Any) -> "Pending | None":
        """Add a constant, one number or one per channel, or an array of the output's shape."""
        if not self.is_open:
            return None
        row = self._row(term)
        if row is not None:
            return dataclasses.replace(self, bias=self.bias + row)
        is_whole = getattr(term, "shape", None) == self.shape and term.dtype == self.kernel.dtype
        return dataclasses.replace(self, addend=term) if is_whole else None

    def activated(self, name: str) -> "Pending | None":
        """Apply an activation, unless weights are not finite: oneDNN's ReLU turns NaN into 0."""
        is_finite = np.isfinite(self.kernel).all() and np.isfinite(self.bias).all()
        if self.activation is not None or not is_finite:
            return None
        return dataclasses.replace(self, activation=name)

    def at_most_six(self) -> "Pending | None":
        """Turn ReLU into ReLU6."""
        is_relu = self.activation == "relu"
        return dataclasses.replace(self, activation="relu6") if is_relu else None

    def compute(self) -> Array:
        """Compute it."""
        return fused_convolution(
            self.inputs,
            jnp.asarray(self.kernel),
            jnp.asarray(self.bias),
            self.addend,
            activation=self.activation,
            **self.params,
        )

    def _row(self, value: Any) -> np.ndarray | None:
        """Return a constant as ``(channels,)``, if it is one number or one per channel."""
        last = np.shape(value)[-1:]
        if isinstance(value, Tracer | Pending) or np.size(value) != math.prod(last):
            return None
        row = np.asarray(value, np.float32).reshape(-1)
        return np.broadcast_to(row, self.shape[-1:]) if row.size in (1, self.shape[-1]) else None
