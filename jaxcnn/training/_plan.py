"""`Plan`, the checked options of a training as one object."""

import dataclasses
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

import jax.numpy as jnp
import optax
from flax import nnx
from jax.typing import DTypeLike

from jaxcnn._support.arguments import (
    check_bool,
    check_choice,
    check_function,
    check_int,
    check_number,
    check_seed,
    make_plain,
)
from jaxcnn._support.results import Result
from jaxcnn.data import Augmentation, Loss, Task
from jaxcnn.inference import Network, Normalization
from jaxcnn.runs import Run, by_name_hint
from jaxcnn.training._batch_size import MAX_DEFAULT_BATCH, default_batch_size
from jaxcnn.training._class_weights import ClassWeights, Sampler, plain_class_weights
from jaxcnn.training._early_stopping import EarlyStopping, check_monitor
from jaxcnn.training._freezing import Freeze
from jaxcnn.training._optimizers import Optimizer, default_optimizer
from jaxcnn.training._other_names import check_names, names_checked
from jaxcnn.training._placement import Shard
from jaxcnn.training._plan_checks import (
    as_transformation,
    check_dtype,
    check_optimizer,
    check_swa,
    plain_freeze,
)
from jaxcnn.training._validation_metrics import Metric, check_metrics


@names_checked()
@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Plan(Result):
    """The options of a training, checked when the plan is made.

    Use it to share options between calls, or to find mistakes before anything is computed. The
    docstring of `fit` explains each option. `fit`, `fit_ensemble`, `dry_run`, `overfit_one_batch`
    and `learning_rate_range` take options by name, as a plan, or both. An option that is passed by
    name replaces the plan's option of the same name.

    Raises:
        TypeError: If an option is unknown, or has the wrong type.
        ValueError: If an option is out of range.

    Example:
        >>> plan = Plan(epochs=3, batch_size=32)
        >>> plan.having(epochs=5).epochs
        5
        >>> Plan(epochs=0)
        Traceback (most recent call last):
        ValueError: epochs: expected at least 1, got 0
    """

    epochs: int = 10
    batch_size: int | None = None
    tx: Optimizer = default_optimizer
    loss: Loss | None = None
    label_smoothing: float = 0.0
    class_weights: ClassWeights | None = None
    sampler: Sampler | None = None
    augmentation: Augmentation | None = None
    normalization: Normalization | None = None
    ema_decay: float | None = None
    swa_start: int | None = None
    early_stopping: EarlyStopping | None = None
    max_steps: int | None = None
    max_seconds: float | None = None
    metrics: Mapping[str, Metric] | None = None
    accumulate_steps: int = 1
    dtype: DTypeLike | None = None
    log_norms: bool = False
    init_from: nnx.Module | Network | Run | None = None
    freeze: Freeze | None = None
    seed: int = 0
    devices: int | None = None
    shard: Shard | None = None

    def __post_init__(self) -> None:
        make_plain(self, *_NUMBERS)
        for name in ("epochs", "batch_size", "accumulate_steps"):
            if getattr(self, name) is not None or name != "batch_size":
                check_int(name, getattr(self, name))
        if (self.batch_size or MAX_DEFAULT_BATCH) % self.accumulate_steps:
            raise ValueError(
                "accumulate_steps: expected a number that divides the batch size, "
                f"{self.batch_size or MAX_DEFAULT_BATCH}, got {self.accumulate_steps}"
            )
        check_optimizer(self.tx)
        if self.loss is not None:
            check_function("loss", self.loss, "outputs", "labels")
        check_number("label_smoothing", self.label_smoothing, minimum=0, below=1)
        if self.loss is not None and self.label_smoothing:
            raise ValueError(
                "label_smoothing: expected 0 with a custom loss, which can smooth labels itself, "
                f"got {self.label_smoothing}"
            )
        if isinstance(self.init_from, Run):
            # A frozen dataclass can only be set through `object`.
            object.__setattr__(self, "init_from", self.init_from.network)
        for name, (kind, example) in _TYPES.items():
            value = getattr(self, name)
            if value is not None and not isinstance(value, kind):
                is_path = name == "init_from" and isinstance(value, str | os.PathLike)
                hint = f" ({by_name_hint(value) or 'which reads such a file'})" if is_path else ""
                raise TypeError(
                    f"{name}: expected None or an object such as {example}, got {value!r:.80}{hint}"
                )
        if self.ema_decay is not None:
            check_number("ema_decay", self.ema_decay, minimum=0, below=1)
        object.__setattr__(self, "class_weights", plain_class_weights(self.class_weights))
        object.__setattr__(self, "freeze", plain_freeze(self.freeze))
        if self.sampler is not None:
            check_choice("sampler", self.sampler, get_args(Sampler))
        if self.max_steps is not None:
            check_int("max_steps", self.max_steps)
        if self.max_seconds is not None:
            check_number("max_seconds", self.max_seconds, above=0)
        if self.swa_start is not None:
            check_swa(self.swa_start, self.epochs, self.ema_decay, self.early_stopping)
        metrics = {} if self.metrics is None else self.metrics
        check_metrics(metrics)
        if self.early_stopping is not None:
            check_monitor(self.early_stopping, metrics)
        check_bool("log_norms", self.log_norms)
        if self.dtype is not None:
            check_dtype(self.dtype)
        check_seed("seed", self.seed)
        if self.devices is not None:
            check_int("devices", self.devices)
        if self.shard is not None:
            check_choice("shard", self.shard, get_args(Shard))

    @staticmethod
    def of(
        plan: "Plan | None",
        options: dict[str, Any],
        *,
        function: Callable[..., Any] | None = None,
        excluded: tuple[str, ...] = (),
        refused: tuple[str, ...] = (),
    ) -> "Plan":
        """Combine the plan and the options that a function was called with.

        Args:
            plan: The `plan` argument of the function. None means the defaults.
            options: The options passed by name, which replace the plan's options of the same name.
            function: The function, whose own options an error about an unknown one lists, too.
            excluded: Options of `fit` that the function does not have. An excluded option that is
                passed by name is an error. In a plan, an excluded option is set to its default.
            refused: Excluded options that are an error in a plan, too: if they were ignored there,
                the results would differ from the plan without notice.

        Returns:
            The plan to use.

        Raises:
            TypeError: If an option is unknown, or `plan` is not a `Plan`.
            ValueError: If the plan has a refused option, or an option is out of range.
        """
        if plan is not None and not isinstance(plan, Plan):
            raise TypeError(f"plan: expected a Plan, got {plan!r:.80}")
        names = [field.name for field in dataclasses.fields(Plan) if field.name not in excluded]
        check_names(options, [*names, *_own_options(function, names)])
        if plan is None:
            return Plan(**options)
        defaults = {field.name: field.default for field in dataclasses.fields(Plan)}
        for name in refused:
            if getattr(plan, name) != defaults[name]:
                raise ValueError(
                    f"plan: expected a plan without {name}, which this function does not take from "
                    f"a plan, got {getattr(plan, name)!r:.80}"
                )
        return plan.having(**{name: defaults[name] for name in excluded}, **options)

    def having(self, **options: Any) -> "Plan":
        """Return a copy of the plan with some options replaced."""
        return dataclasses.replace(self, **options)

    def for_set(self, examples: int) -> "Plan":
        """Return the plan with a batch size for a training set: its own, or the default.

        Args:
            examples: Number of training examples.

        Raises:
            ValueError: If the batch size of the plan is larger than the training set, or the
                default is not divisible by `accumulate_steps`.

        Example:
            >>> [Plan().for_set(examples).batch_size for examples in (50_000, 500, 48, 5)]
            [128, 32, 8, 5]
        """
        if self.batch_size is None:
            return self.having(batch_size=default_batch_size(examples))
        if self.batch_size > examples:
            raise ValueError(
                f"batch_size: expected at most the {examples} training examples, "
                f"got {self.batch_size}"
            )
        return self

    def _content(self) -> Mapping[str, Any]:
        """Return all options as plain data; functions and modules as "default" or "custom"."""
        return {field.name: self._recorded(field) for field in dataclasses.fields(self)}

    def _recorded(self, field: dataclasses.Field) -> Any:
        value = getattr(self, field.name)
        if value is not None and field.name == "dtype":
            return jnp.dtype(value).name
        if value is not None and field.name in ("tx", "loss", "init_from"):
            return "default" if value is field.default else "custom"
        if value is not None and field.name == "metrics":
            return sorted(value)
        return value

    def optimizer(self, steps: int, task: Task) -> optax.GradientTransformation:
        """Return the Optax transformation for a run of `steps` updates on a task.

        Raises:
            TypeError: If the function `tx` does not return an Optax transformation.
        """
        if self.tx is default_optimizer:
            return default_optimizer(steps, has_classes=task.has_classes)
        return as_transformation(self.tx(steps) if callable(self.tx) else self.tx)


def batch_size_of(plan: Plan) -> int:
    """Return the batch size of a plan that `Plan.for_set` returned."""
    assert plan.batch_size is not None
    return plan.batch_size


_NUMBERS = (
    *("epochs", "batch_size", "accumulate_steps", "label_smoothing", "ema_decay", "log_norms"),
    *("seed", "devices", "swa_start", "max_steps", "max_seconds"),
)
"""The options that are numbers, or True and False."""

_TYPES = {
    "augmentation": (Augmentation, "Augmentation(flip='random')"),
    "normalization": (Normalization, "Normalization.of(train)"),
    "early_stopping": (EarlyStopping, "EarlyStopping(patience=5)"),
    "init_from": (nnx.Module | Network, "jaxcnn.load_torch_state_dict(net, path, shape)"),
}
"""The types of some options, with an example of each for error messages."""


def _own_options(function: Callable[..., Any] | None, names: Sequence[str]) -> list[str]:
    """Return the options of a function besides those of its plan."""
    if function is None:
        return []
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.name not in names]
