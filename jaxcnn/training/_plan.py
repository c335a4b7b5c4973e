"""`Plan`, the checked options of a training as one object."""

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import optax
from flax import nnx
from jax.typing import DTypeLike

from jaxcnn._support.arguments import (
    check_bool,
    check_function,
    check_int,
    check_number,
    check_seed,
    make_plain,
)
from jaxcnn._support.results import Result
from jaxcnn.data import Augmentation, Loss, Task
from jaxcnn.inference import Normalization
from jaxcnn.training._early_stopping import EarlyStopping, check_monitor
from jaxcnn.training._optimizers import Optimizer, default_optimizer
from jaxcnn.training._other_names import check_names, names_checked
from jaxcnn.training._validation_metrics import Metric, check_metrics


@names_checked
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
    batch_size: int = 128
    tx: Optimizer = default_optimizer
    loss: Loss | None = None
    label_smoothing: float = 0.0
    augmentation: Augmentation | None = None
    normalization: Normalization | None = None
    ema_decay: float | None = None
    early_stopping: EarlyStopping | None = None
    metrics: Mapping[str, Metric] | None = None
    accumulate_steps: int = 1
    dtype: DTypeLike | None = None
    log_norms: bool = False
    init_from: nnx.Module | None = None
    seed: int = 0
    devices: int | None = None

    def __post_init__(self) -> None:
        make_plain(self, *_NUMBERS)
        for name in ("epochs", "batch_size", "accumulate_steps"):
            check_int(name, getattr(self, name))
        if self.batch_size % self.accumulate_steps:
            raise ValueError(
                "accumulate_steps: expected a number that divides the batch size, "
                f"{self.batch_size}, got {self.accumulate_steps}"
            )
        _check_optimizer(self.tx)
        if self.loss is not None:
            check_function("loss", self.loss, "outputs", "labels")
        check_number("label_smoothing", self.label_smoothing, minimum=0, below=1)
        if self.loss is not None and self.label_smoothing:
            raise ValueError(
                "label_smoothing: expected 0 with a custom loss, which can smooth labels itself, "
                f"got {self.label_smoothing}"
            )
        for name, (kind, example) in _TYPES.items():
            value = getattr(self, name)
            if value is not None and not isinstance(value, kind):
                raise TypeError(
                    f"{name}: expected None or an object such as {example}, got {value!r:.80}"
                )
        if self.ema_decay is not None:
            check_number("ema_decay", self.ema_decay, minimum=0, below=1)
        metrics = {} if self.metrics is None else self.metrics
        check_metrics(metrics)
        if self.early_stopping is not None:
            check_monitor(self.early_stopping, metrics)
        check_bool("log_norms", self.log_norms)
        if self.dtype is not None:
            _check_dtype(self.dtype)
        check_seed("seed", self.seed)
        if self.devices is not None:
            check_int("devices", self.devices)

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
        if isinstance(self.tx, optax.GradientTransformation):
            return self.tx
        made = self.tx(steps)
        check_made_optimizer(made)
        return made


_NUMBERS = (
    *("epochs", "batch_size", "accumulate_steps", "label_smoothing", "ema_decay", "log_norms"),
    *("seed", "devices"),
)
"""The options that are numbers, or True and False."""

_TYPES = {
    "augmentation": (Augmentation, "Augmentation(flip='random')"),
    "normalization": (Normalization, "Normalization.of(train)"),
    "early_stopping": (EarlyStopping, "EarlyStopping(patience=5)"),
    "init_from": (nnx.Module, "load_torch_state_dict(...)"),
}
"""The types of some options, with an example of each for error messages."""


def _own_options(function: Callable[..., Any] | None, names: Sequence[str]) -> list[str]:
    """Return the options of a function besides those of its plan."""
    if function is None:
        return []
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.name not in names]


def _check_optimizer(tx: Any) -> None:
    if isinstance(tx, optax.GradientTransformation):
        return
    if not callable(tx) or "learning_rate" in inspect.signature(tx).parameters:
        raise TypeError(
            f"tx: expected an optimizer such as optax.adam(1e-3), or a function of the number of "
            f"steps that returns one, got {tx!r}"
        )
    check_function("tx", tx, "steps", example="lambda steps: optax.adam(1e-3)")


def check_made_optimizer(made: Any) -> None:
    """Raise TypeError unless the function `tx` returned an optimizer."""
    if not isinstance(made, optax.GradientTransformation):
        raise TypeError(
            "tx: expected a function that returns an optimizer such as optax.adam(1e-3), got one "
            f"that returns {made!r:.80}"
        )


def _check_dtype(dtype: Any) -> None:
    try:
        found = jnp.dtype(dtype)
    except TypeError:
        found = None
    if found == jnp.float16:
        raise ValueError(
            "dtype: expected one that needs no loss scaling, got float16 (did you mean bfloat16?)"
        )
    if found is not None and jax.dtypes.canonicalize_dtype(found) != found:
        raise ValueError(
            "dtype: expected at most 32 bits while jax_enable_x64 is off, got float64 "
            '(jax.config.update("jax_enable_x64", True) allows it)'
        )
    if found is None or not jnp.issubdtype(found, jnp.floating):
        raise TypeError(f"dtype: expected a floating-point one such as 'bfloat16', got {dtype!r}")
