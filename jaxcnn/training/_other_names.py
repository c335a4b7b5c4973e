"""Hints for options of `fit` that are passed by their names in other libraries."""

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from jaxcnn._support.arguments import did_you_mean

Options = TypeVar("Options")

_OPTIMIZER = "it is a part of the optimizer: tx=optax.adam(1e-3)"
_EPOCHS = "the number of epochs is epochs=10"
_BATCH = "the examples per update are batch_size=128"
_AFTER_EPOCH = "fit calls a function after each epoch: on_epoch=lambda state, logs: ..."
_SHOWN = "fit prints nothing with progress=False"
_VALIDATION = "fit takes a labeled set: validation=data.validation"
_SPLIT = "split the data first: train, validation = data.split(0.2)"
_BATCHES = "jaxcnn.data.from_batches takes an iterable of batches and the steps per epoch"
_SET = "images and labels go into the set: jaxcnn.data.Dataset(images, labels, class_names)"
_WEIGHTS = (
    "weights to begin from are init_from=jaxcnn.pretrained(name), whose architecture is the model, "
    "or init_from=jaxcnn.load_torch_state_dict(net, path, input_shape)"
)
_FREEZE = "freeze='backbone', or patterns such as freeze=('layers.0.*',), hold weights"
_LAYERS = "learning rates per layer are a part of the optimizer: jaxcnn.training.scale_by_path"
_LOSS = "the loss is loss=lambda outputs, labels: ..., one number per example"

OTHER_NAMES = {
    "lr": _OPTIMIZER,
    "learning_rate": _OPTIMIZER,
    "lr_max": _OPTIMIZER,
    "momentum": _OPTIMIZER,
    "wd": _OPTIMIZER,
    "weight_decay": _OPTIMIZER,
    "optimizer": "the optimizer is tx=optax.adam(1e-3)",
    "opt_func": "the optimizer is tx=optax.adam(1e-3)",
    "trainable": _FREEZE,
    "frozen": _FREEZE,
    "freeze_backbone": _FREEZE,
    "layer_decay": _LAYERS,
    "initial": _WEIGHTS,
    "pretrained": _WEIGHTS,
    "weights": _WEIGHTS,
    "state_dict": _WEIGHTS,
    "gradient_accumulation_steps": "gradient accumulation is accumulate_steps=4",
    "accumulate": "gradient accumulation is accumulate_steps=4",
    "scheduler": "a schedule is a part of the optimizer: tx=lambda steps: optax.adam(schedule)",
    "criterion": _LOSS,
    "loss_func": _LOSS,
    "loss_fn": _LOSS,
    "callback": _AFTER_EPOCH,
    "callbacks": _AFTER_EPOCH,
    "cbs": _AFTER_EPOCH,
    "verbose": _SHOWN,
    "validation_data": _VALIDATION,
    "validation_split": _SPLIT,
    "valid_pct": _SPLIT,
    "shuffle": "each epoch visits the examples in a new random order, which seed=0 decides",
    "x": _SET,
    "y": _SET,
    "labels": _SET,
    "x_train": _SET,
    "y_train": _SET,
    "class_weight": "the weights of classes are class_weights='balanced'",
    "sample_weight": "weights of examples are a part of the set (weights of jaxcnn.data.Dataset)",
    "steps_per_epoch": _BATCHES,
    "max_time": "the time limit in seconds is max_seconds=3600",
    "n_epoch": _EPOCHS,
    "num_epochs": _EPOCHS,
    "max_epochs": _EPOCHS,
    "bs": _BATCH,
    "batch": _BATCH,
    "device": "the number of devices is devices=1; JAX_PLATFORMS=cpu chooses which",
    "random_state": "the seed is seed=0",
    "patience": "early stopping is early_stopping=jaxcnn.training.EarlyStopping(patience=5)",
}
"""Hints in errors about these names from Keras, PyTorch, fastai and scikit-learn."""


def check_names(
    given: Iterable[str], names: Sequence[str], hints: Mapping[str, str] = OTHER_NAMES
) -> None:
    """Raise TypeError with a hint if one of the given names is not an option's."""
    for name in given:
        if name not in names:
            hint = f" ({hints[name]})" if name in hints else did_you_mean(name, names)
            raise TypeError(f"{name}: expected one of the options {', '.join(names)}{hint}")


def names_checked(
    hints: Mapping[str, str] = OTHER_NAMES,
) -> Callable[[type[Options]], type[Options]]:
    """Give a dataclass of options the errors of `check_names` when it is made."""

    def decorate(cls: type[Options]) -> type[Options]:
        make: Any = cls.__init__
        names = [field.name for field in dataclasses.fields(cls)]  # pyright: ignore[reportArgumentType]

        @functools.wraps(make)
        def checked(self: Options, *values: Any, **options: Any) -> None:
            check_names(options, names, hints)
            make(self, *values, **options)

        cls.__init__ = checked
        return cls

    return decorate
