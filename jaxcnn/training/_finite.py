"""Whether numbers are still numbers, and the error that ends a training where they are not."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from jaxcnn.runs import Run


@jax.jit
def all_finite(tree: Any) -> Array:
    """Whether every floating-point number of a tree of arrays is finite."""
    floating = [x for x in jax.tree.leaves(tree) if jnp.issubdtype(x.dtype, jnp.floating)]
    return jnp.array([jnp.isfinite(leaf).all() for leaf in floating]).all()


class NonFiniteLossError(FloatingPointError):
    """The loss, or a weight, became NaN or infinite, and training stopped.

    Attributes:
        run: The network and history after the last epoch in which every loss and every weight
            was finite; the fresh network, if there was none.
        step: Number of the update, from 0, in or after which something was not finite.
        epoch: Number of its epoch, from 1.
        learning_rate: The rate then; None if the optimizer does not show it.
    """

    def __init__(
        self, run: Run, *, what: str, step: int, epoch: int, learning_rate: float | None
    ) -> None:
        self.run, self.step, self.epoch = run, step, epoch
        self.learning_rate = learning_rate
        shown = "unknown" if learning_rate is None else f"{learning_rate:.3g}"
        super().__init__(
            f"training diverged: {what} at step {step} "
            f"(epoch {epoch}, learning rate {shown}); "
            "try a learning rate ten times smaller, a longer warm-up, or gradient clipping "
            "(optax.clip_by_global_norm). The last good state, that after "
            f"{len(run.history)} whole epochs, is this error's `run`"
        )
