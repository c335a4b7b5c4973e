"""Names of the metrics of an epoch, and what other libraries call them."""

from collections.abc import Iterable

from jaxcnn._support.arguments import did_you_mean

_LONG = {
    **dict.fromkeys(["val", "valid", "test", "eval"], "validation"),
    "acc": "accuracy",
    "lr": "learning_rate",
}
"""Short words in names of metrics, and the words here."""


def metric_hint(name: object, known: Iterable[str]) -> str:
    """Return the hint of an error about an unknown metric: those that it may mean, or nothing.

    Example:
        >>> metric_hint("val_acc", ["train_accuracy", "validation_accuracy"])
        ' (did you mean validation_accuracy?)'
        >>> metric_hint("loss", ["epoch", "train_loss", "validation_loss"])
        ' (did you mean train_loss or validation_loss?)'
        >>> metric_hint("val_acc", ["epoch", "train_accuracy"])
        ' (fit(validation=...) measures it)'
    """
    known = [*known]
    full = "_".join(_LONG.get(word, word) for word in str(name).lower().split("_"))
    if full.startswith("validation_") and not any(each.startswith("validation_") for each in known):
        return " (fit(validation=...) measures it)"
    near = [each for each in known if each == full or each.endswith(f"_{full}")]
    return f" (did you mean {' or '.join(near)}?)" if near else did_you_mean(full, known)
