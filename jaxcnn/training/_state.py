"""All that a training step reads and writes, as one pytree."""

import dataclasses

import jax
import jax.numpy as jnp
import optax
from flax import nnx
from jax import Array

from jaxcnn.inference import Variables


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class TrainState:
    """The state of a training run.

    Attributes:
        params: trained arrays.
        batch_stats: running statistics and other arrays that are not trained.
        opt_state: the optimizer's own arrays.
        step: number of updates so far, int32.
        key: the run's key; what is random in a step comes from it and from `step`.
        average: a running average of the variables; None: none is kept.
    """

    params: nnx.State
    batch_stats: nnx.State
    opt_state: optax.OptState
    step: Array
    key: Array
    average: Variables | None = None

    @classmethod
    def create(
        cls,
        variables: Variables,
        *,
        tx: optax.GradientTransformation,
        key: Array,
        average: bool = False,
    ) -> "TrainState":
        """The state before the first step; with `average`, one that keeps a running average."""
        return cls(
            params=variables.params,
            batch_stats=variables.batch_stats,
            opt_state=tx.init(variables.params),
            step=jnp.zeros((), jnp.int32),
            key=key,
            # A copy: a step that reuses the memory of its state must not be given it twice.
            average=jax.tree.map(jnp.copy, variables) if average else None,
        )

    @property
    def variables(self) -> Variables:
        """What the network's pure function takes."""
        return Variables(self.params, self.batch_stats)
