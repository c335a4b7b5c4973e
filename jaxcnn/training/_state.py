"""`TrainState`, the state of a training as one pytree, and the batch that a step learns from."""

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
    """The state of a training: everything that a step reads and writes, as one pytree.

    Attributes:
        params: The trained arrays.
        batch_stats: Running statistics and other arrays that are not trained.
        opt_state: The state of the optimizer.
        step: Number of updates so far, int32.
        key: The run's key. The key and `step` together decide all randomness of a step.
        ema: The exponential moving average of the variables, or their mean over epochs; None if no
            average is computed.
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
        """Create the state before the first step.

        Args:
            variables: The network's parameters and running statistics.
            tx: The optimizer.
            key: The run's key.
            ema: Whether to compute an average of the variables.
        """
        return cls(
            params=variables.params,
            batch_stats=variables.batch_stats,
            opt_state=tx.init(variables.params),
            step=jnp.zeros((), jnp.int32),
            key=key,
            # A copy, because a step that overwrites its state must not get an array twice.
            ema=jax.tree.map(jnp.copy, variables) if ema else None,
        )

    @property
    def variables(self) -> Variables:
        """Parameters and running statistics, as the network's pure function takes them."""
        return Variables(self.params, self.batch_stats)


class Mixing(NamedTuple):
    """The labels and proportions of the images that mixup or cutmix mixed into a batch.

    Attributes:
        labels: The labels of the mixed-in images, in the form of the task.
        share: ``(N,)`` in [0, 1], the share of the original image in each mixed image.
        weights: ``(N,)``, the weights of the mixed-in images in the loss; None: all weights are 1.
    """

    labels: Array
    share: Array
    weights: Array | None = None


class Batch(NamedTuple):
    """Labeled images, augmented and normalized.

    Attributes:
        images: ``(N, H, W, C)``.
        labels: In the form of the task, for single labels ``(N,)`` integers.
        where: ``(N,)`` booleans, False for padded examples; None: there are none.
        mixing: The labels and proportions of images that mixup or cutmix mixed into the batch.
            None: nothing was mixed in.
        weights: ``(N,)``, the weights of the images in the loss; None: all weights are 1.
    """

    images: Array
    labels: Array
    where: Array | None = None
    mixing: Mixing | None = None
    weights: Array | None = None

    def num_examples(self) -> Array | int:
        """Return the number of examples, without padded ones."""
        return len(self.labels) if self.where is None else self.where.sum()

    def total_weight(self) -> Array | int:
        """Return the sum of the weights, without padded examples: the divisor of the mean loss."""
        weights = self.mixed_weights
        return self.num_examples() if weights is None else weights.sum(where=self.where)

    @property
    def mixed_weights(self) -> Array | None:
        """The weights after mixing: the mean of both images' weights by their shares."""
        if self.mixing is None or self.mixing.weights is None or self.weights is None:
            return self.weights
        share = self.mixing.share
        return share * self.weights + (1 - share) * self.mixing.weights

    @property
    def main_labels(self) -> Array:
        """The label of the larger part of each image, for metrics of mixed images."""
        if self.mixing is None:
            return self.labels
        mostly_own = (self.mixing.share >= 0.5).reshape(-1, *(1,) * (self.labels.ndim - 1))
        return jnp.where(mostly_own, self.labels, self.mixing.labels)
