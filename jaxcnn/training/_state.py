"""What a training step reads and writes: its state, as one pytree, and a batch."""

import dataclasses
from typing import NamedTuple

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
        ema: a running average of the variables; None: none is kept.
    """

    params: nnx.State
    batch_stats: nnx.State
    opt_state: optax.OptState
    step: Array
    key: Array
    ema: Variables | None = None

    @classmethod
    def create(
        cls,
        variables: Variables,
        *,
        tx: optax.GradientTransformation,
        key: Array,
        ema: bool = False,
    ) -> "TrainState":
        """The state before the first step; with ema, one that keeps a running average."""
        return cls(
            params=variables.params,
            batch_stats=variables.batch_stats,
            opt_state=tx.init(variables.params),
            step=jnp.zeros((), jnp.int32),
            key=key,
            # A copy: a step that reuses the memory of its state must not be given it twice.
            ema=jax.tree.map(jnp.copy, variables) if ema else None,
        )

    @property
    def variables(self) -> Variables:
        """What the network's pure function takes."""
        return Variables(self.params, self.batch_stats)


class Mixing(NamedTuple):
    """What was mixed into each image of a batch, by mixup or cutmix.

    Attributes:
        labels: those of the images mixed in, like the batch's own.
        share: ``(N,)`` in [0, 1], how much of each image is its own.
    """

    labels: Array
    share: Array


class Batch(NamedTuple):
    """Images as the network takes them, with their labels.

    Attributes:
        images: ``(N, H, W, C)``.
        labels: in the form of the task, for single labels ``(N,)`` integers.
        where: ``(N,)``, False for examples that only fill up the batch; None: all count.
        mixing: what was mixed into the images; None: nothing.
    """

    images: Array
    labels: Array
    where: Array | None = None
    mixing: Mixing | None = None

    def how_many(self) -> Array:
        """How many examples count."""
        return jnp.asarray(len(self.labels)) if self.where is None else self.where.sum()

    @property
    def main_labels(self) -> Array:
        """The labels of what each image shows most of."""
        if self.mixing is None:
            return self.labels
        mostly_own = (self.mixing.share >= 0.5).reshape(-1, *(1,) * (self.labels.ndim - 1))
        return jnp.where(mostly_own, self.labels, self.mixing.labels)
