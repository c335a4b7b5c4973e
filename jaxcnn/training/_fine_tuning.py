"""`FineTuning`, the options of the two stages of a fine-tuning."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import optax

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn._support.results import Result
from jaxcnn.training._freezing import BACKBONE, Freeze
from jaxcnn.training._learning_rates import one_cycle
from jaxcnn.training._optimizers import default_optimizer, one_cycle_adam
from jaxcnn.training._other_names import OTHER_NAMES, check_names
from jaxcnn.training._plan import Plan

RATE = 3e-3
"""The highest learning rate of both stages."""

LATER = ("early_stopping", "ema_decay", "freeze", "max_seconds", "max_steps", "swa_start")
"""Options that apply to the second stage only."""


def fine_tuning_adam(steps: int) -> optax.GradientTransformation:
    """Make Adam with a one-cycle learning rate of at most 0.003, the default of `fine_tune`."""
    return optax.inject_hyperparams(optax.adam)(learning_rate=one_cycle(RATE, steps))


_HEAD = Plan(epochs=5, tx=fine_tuning_adam, freeze="backbone")
_ALL = Plan(epochs=15, tx=fine_tuning_adam)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class FineTuning(Result):
    """The two stages of `fine_tune`: first the new head alone, then all layers.

    Print it to see both stages, and change them by `having`.

    Attributes:
        head: The options of the first stage, by default with ``freeze="backbone"``, which here
            means all layers but the last one with weights.
        all: The options of the second stage. To replace a whole stage, change its default, as in
            ``FineTuning().all.having(tx=...)``: `Plan` has other defaults.
        first_rate: The learning rate of the first layer in the second stage, as a share of the
            head's. Rates grow from layer to layer as `layer_wise_rates` says.

    Raises:
        TypeError: If a stage is not a `Plan`.
        ValueError: If `first_rate` is out of range, or a stage has `init_from`.

    Example:
        >>> print(FineTuning().having(epochs=30, first_rate=0.05))
        1. the head: 5 epochs, Adam, one cycle up to 0.003; frozen: all but the last layer
        2. all layers: 30 epochs, Adam, one cycle up to 0.003, of which the first layer has 0.05
    """

    head: Plan = _HEAD
    all: Plan = _ALL
    first_rate: float = 0.1

    def __post_init__(self) -> None:
        check_number("first_rate", self.first_rate, above=0)
        if self.first_rate > 1:
            raise ValueError(f"first_rate: expected at most 1, got {self.first_rate}")
        for name in ("head", "all"):
            stage = getattr(self, name)
            if not isinstance(stage, Plan):
                raise TypeError(f"{name}: expected a Plan, got {stage!r:.80}")
            if stage.init_from is not None:
                raise ValueError(
                    f"{name}: expected a plan without init_from, because the weights are those of "
                    "the network, got one with it"
                )

    def having(self, **options: Any) -> "FineTuning":
        """Return a copy with some options replaced.

        Args:
            **options: `head_epochs`, the number of epochs of the first stage; `epochs`, that of the
                second; `first_rate`; `head` or `all`, the options of a whole stage. All other
                options of `fit` apply to both stages, except for `early_stopping`, `ema_decay`,
                `freeze`, `max_seconds`, `max_steps` and `swa_start`, which apply to the second.

        Raises:
            TypeError: If an option is unknown, or has the wrong type.
            ValueError: If an option is out of range.
        """
        check_options(options)
        own = [field.name for field in dataclasses.fields(self)]
        given = {name: value for name, value in options.items() if name in _of_plan()}
        head = {n: value for n, value in given.items() if n not in (*LATER, "epochs")}
        if "head_epochs" in options:
            check_int("head_epochs", options["head_epochs"])
            head["epochs"] = options["head_epochs"]
        mine = {name: options[name] for name in own if name in options}
        tuning = dataclasses.replace(self, **mine)
        return dataclasses.replace(
            tuning, head=tuning.head.having(**head), all=tuning.all.having(**given)
        )

    def __str__(self) -> str:
        frozen = self.head.freeze
        held = "all but the last layer" if frozen == BACKBONE else _patterns(frozen)
        head = f"1. the head: {_in_words(self.head, frozen=held)}"
        share = f", of which the first layer has {self.first_rate:g}" * (self.first_rate < 1)
        layers = "all layers" if not self.all.freeze else "all layers that are not frozen"
        return f"{head}\n2. {layers}: {_in_words(self.all, share)}"


def check_options(options: Mapping[str, Any], others: Sequence[str] = ()) -> None:
    """Raise TypeError with a hint if one of the options is neither of a fine-tuning nor another.

    Args:
        options: The options by name.
        others: More names that are right, such as those of arguments that are no options.
    """
    own = [field.name for field in dataclasses.fields(FineTuning)]
    check_names(options, ["head_epochs", *own, *_of_plan(), *others], _HINTS)


def _of_plan() -> list[str]:
    """Return the names of the options that both stages have."""
    return [field.name for field in dataclasses.fields(Plan) if field.name != "init_from"]


_RATE_HINT = (
    "it is a part of the optimizer: tx=lambda steps: jaxcnn.training.one_cycle_adam(steps, 1e-3)"
)

_HINTS: Mapping[str, str] = OTHER_NAMES | {
    "freeze_epochs": "the epochs of the head alone are head_epochs=5",
    **dict.fromkeys(["base_lr", "learning_rate", "lr", "lr_max"], _RATE_HINT),
    "lr_mult": "the share of the first layer in the learning rate is first_rate=0.1",
    "layer_decay": "the share of the first layer in the learning rate is first_rate=0.1",
}


def _in_words(plan: Plan, share: str = "", frozen: str | None = None) -> str:
    epochs = f"{plan.epochs} epoch{'s' * (plan.epochs > 1)}"
    optimizers = {
        fine_tuning_adam: f"Adam, one cycle up to {RATE:g}",
        default_optimizer: "the default optimizer of fit",
    }
    optimizer = optimizers.get(plan.tx, "an optimizer of your own")
    tx: Any = plan.tx
    if (
        isinstance(tx, functools.partial)
        and tx.func is one_cycle_adam
        and [*tx.keywords] == ["rate"]
    ):
        optimizer = f"Adam, one cycle up to {tx.keywords['rate']:g}"
    others = f", batch size {plan.batch_size}" if plan.batch_size is not None else ""
    others += f", seed {plan.seed}" * (plan.seed != Plan.seed)
    patterns = _patterns(plan.freeze) if frozen is None else frozen
    return f"{epochs}, {optimizer}{share}{others}" + f"; frozen: {patterns}" * bool(patterns)


def _patterns(freeze: Freeze | None) -> str:
    if freeze == BACKBONE:
        return "all layers before the head"
    return freeze if isinstance(freeze, str) else ", ".join(freeze or ())
