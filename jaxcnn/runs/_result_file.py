"""``result.json``: checks that its numbers are possible and belong to the run beside it."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jaxcnn.data import Multilabel, SingleLabel
from jaxcnn.runs._history_files import JSONL, Logs
from jaxcnn.runs._network_file import NetworkInterface
from jaxcnn.runs._saved_test_set import SavedTestSet

WEIGHTS_DIGEST = "weights_sha256"
"""The entry that says which weights the results are of."""


class Beside(NamedTuple):
    """The content of the files beside a ``result.json``, with which it is compared.

    Attributes:
        interface: What the network takes and returns.
        history: The metrics of each epoch; empty if they are not in the folder.
        test: The saved part of the test set, or None.
        digest: The digest of the weights; None if it is unknown.
    """

    interface: NetworkInterface
    history: Sequence[Logs] = ()
    test: SavedTestSet | None = None
    digest: str | None = None


def check_result(result: Mapping[str, Any], beside: Beside, path: Path) -> None:
    """Raise ValueError, naming the file, if a result is impossible or belongs to another run.

    Args:
        result: The content of ``result.json``; any entry may be missing.
        beside: The files beside it.
        path: Its path.
    """
    for name, value in result.items():
        expected = _EXPECTED.get(name)
        if expected is not None and value is not None and not _HOLDS[expected](value):
            raise ValueError(f"{path}: {name}: expected {expected}, got {value!r:.60}")
    for difference in (
        _other_accuracy(result),
        _other_epochs(result, beside.history),
        _other_classes(result, beside.interface),
        _other_weights(result, beside.digest),
        _other_test_set(result, beside),
    ):
        if difference is not None:
            raise ValueError(f"{path}: {difference} (is the file that of another run?)")


def _is_number(value: Any, low: float = -math.inf, high: float = math.inf) -> bool:
    is_real = isinstance(value, int | float) and not isinstance(value, bool)
    return is_real and low <= value <= high and abs(value) != math.inf


def _is_interval(value: Any) -> bool:
    are_two = isinstance(value, list | tuple) and len(value) == 2
    return are_two and all(_is_number(end, 0, 1) for end in value) and value[0] <= value[1]


def _is_count(value: Any, low: int = 0) -> bool:
    return type(value) is int and value >= low


_HOLDS: dict[str, Callable[[Any], bool]] = {
    "a whole number of at least 0": _is_count,
    "a whole number of at least 1": lambda value: _is_count(value, 1),
    "a number of at least 0": lambda value: _is_number(value, 0),
    "a number": _is_number,
    "a number from -1 to 1": lambda value: _is_number(value, -1, 1),
    "a number from 0 to 1": lambda value: _is_number(value, 0, 1),
    "two numbers from 0 to 1, the lower first": _is_interval,
    "a text": lambda value: isinstance(value, str),
    "true or false": lambda value: isinstance(value, bool),
}
_EXPECTED = {
    **dict.fromkeys(("epochs", "steps", "images_seen"), "a whole number of at least 0"),
    **dict.fromkeys(("n_test", "restored_epoch"), "a whole number of at least 1"),
    **dict.fromkeys(
        ("seconds_compile", "seconds_train", "images_per_second"), "a number of at least 0"
    ),
    **dict.fromkeys(
        (
            *("test_accuracy", "tta_accuracy", "test_balanced_accuracy", "test_macro_f1"),
            *("test_micro_f1", "test_mean_average_precision", "test_roc_auc"),
        ),
        "a number from 0 to 1",
    ),
    **dict.fromkeys(("test_matthews_corrcoef", "test_cohen_kappa"), "a number from -1 to 1"),
    **dict.fromkeys(
        ("test_accuracy_interval", "tta_accuracy_interval"),
        "two numbers from 0 to 1, the lower first",
    ),
    "test_loss": "a number",
    "interrupted": "true or false",
    "stopped": "a text",
}
"""What the entries must be, unless they are null. Others are not read by programs."""


def _other_accuracy(result: Mapping[str, Any]) -> str | None:
    """Compare the accuracies with their intervals and with the number of examples."""
    n = result.get("n_test")
    for name in ("test_accuracy", "tta_accuracy"):
        accuracy, interval = result.get(name), result.get(f"{name}_interval")
        if accuracy is None:
            continue
        if interval is not None and not interval[0] - 1e-9 <= accuracy <= interval[1] + 1e-9:
            return f"{name}_interval: expected an interval around {accuracy}, got {interval}"
        if n is not None and abs(accuracy * n - round(accuracy * n)) > 1e-6 * n:
            return f"{name}: expected a share of {n} examples, got {accuracy}"
    return None


def _other_epochs(result: Mapping[str, Any], history: Sequence[Logs]) -> str | None:
    epochs = result.get("epochs")
    if epochs is None or not history or epochs == len(history):
        return None
    return f"epochs: expected {len(history)} as in {JSONL}, got {epochs}"


def _other_classes(result: Mapping[str, Any], interface: NetworkInterface) -> str | None:
    for name in ("test_f1", "test_average_precision"):
        found = result.get(name)
        if found is None:
            continue
        if not isinstance(found, Mapping) or set(found) != set(interface.class_names):
            return f"{name}: expected one entry per class of the network, got {found!r:.60}"
    return None


def _other_weights(result: Mapping[str, Any], digest: str | None) -> str | None:
    found = result.get(WEIGHTS_DIGEST)
    if found is None or digest is None or found == digest:
        return None
    return f"{WEIGHTS_DIGEST}: expected results of these weights, got those of others"


def _other_test_set(result: Mapping[str, Any], beside: Beside) -> str | None:
    """Compare the numbers with the saved part of the test set."""
    n, test = result.get("n_test"), beside.test
    if n is None or test is None:
        return None
    saved = len(test.examples)
    if n < saved or n <= test.examples.max():
        return f"n_test: expected all of the {saved} saved test examples, got {n}"
    accuracy, right = result.get("test_accuracy"), _right(test, beside.interface)
    if n == saved and accuracy is not None and right is not None:
        low, high = right
        if not low - 0.5 < accuracy * n < high + 0.5:
            return f"test_accuracy: expected {high / n}, that of the saved logits, got {accuracy}"
    return None


def _right(test: SavedTestSet, interface: NetworkInterface) -> tuple[int, int] | None:
    """Count the right answers among the saved logits: at least, and at most."""
    if interface.task == SingleLabel():
        right = int((test.logits.argmax(axis=1) == test.labels).sum())
        return right, right
    if interface.task != Multilabel():
        return None
    # Whether a label is predicted where the logit is next to 0 depends on rounding.
    is_wrong = (test.logits >= 0) != test.labels.astype(bool)
    is_close = np.abs(test.logits) < 1e-6
    return (
        int((~(is_wrong | is_close).any(axis=1)).sum()),
        int((~(is_wrong & ~is_close).any(axis=1)).sum()),
    )
