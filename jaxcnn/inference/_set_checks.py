"""Check that a labeled set fits a network, or another set."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jaxcnn._support.arguments import type_in_words
from jaxcnn._support.names import difference
from jaxcnn._support.warn import warn
from jaxcnn.data import LabeledImages, SingleLabel, Task, set_hint
from jaxcnn.inference._input_checks import check_shape
from jaxcnn.inference._vocabulary import check_tokens

if TYPE_CHECKING:
    from jaxcnn.inference._network import Network


def check_dataset(name: str, dataset: LabeledImages) -> None:
    """Raise TypeError unless `dataset` is a data set; `name` is the argument's name."""
    if not isinstance(dataset, LabeledImages):
        hint = set_hint(dataset, part="train" if name == "train" else "test")
        raise TypeError(f"{name}: expected a data set, got {type_in_words(dataset)}{hint}")


def check_same_task(name: str, dataset: LabeledImages, task: Task, outputs: int) -> None:
    """Raise ValueError unless a set's labels fit a network's task; `name` names the argument."""
    if dataset.task != task:
        raise ValueError(f"{name}: expected a data set of {task}, got one of {dataset.task}")
    # Not the number of classes: a set of single labels may have fewer than the network.
    if dataset.labels.shape[1:] != task.label_shape(outputs):
        what = task.outputs_in_words
        raise ValueError(f"{name}: expected {outputs} {what}, got {dataset.num_classes}")


def check_fits(name: str, dataset: LabeledImages, network: "Network") -> None:
    """Raise unless a data set has images, labels and class names that fit a network."""
    check_dataset(name, dataset)
    check_same_task(name, dataset, network.task, len(network.class_names))
    check_same_classes(name, dataset, network.class_names)
    if dataset.kind != network.kind:
        raise ValueError(f"{name}: expected {network.kind}, got {dataset.kind}")
    check_shape((len(dataset), *dataset.input_shape), network.kind, network.input_shape)
    check_tokens(name, dataset, network.architecture)
    _warn_of_preprocessing(name, dataset, network)


def _warn_of_preprocessing(name: str, dataset: LabeledImages, network: "Network") -> None:
    """Warn of image files that are resized and cropped in another way than the network's."""
    if dataset.paths is not None and dataset.preprocessing != network.preprocessing:
        warn(
            f"{name}: expected pictures read with {network.preprocessing or 'no preprocessing'}, "
            f"as the network's, got {dataset.preprocessing or 'none'} (pass preprocessing="
            "network.preprocessing where the files are read)"
        )


def check_same_classes(
    name: str, dataset: LabeledImages, class_names: Sequence[str], owner: str = "network"
) -> None:
    """Raise ValueError unless a set numbers its classes as a network or another set does.

    A set of single labels may have only the first of the owner's classes. For a regression, the
    names of targets are compared only if the caller gave them.

    Args:
        name: The argument's name in error messages.
        dataset: The set, of the same task.
        class_names: The class names of the network or of the other set.
        owner: What `class_names` belong to, for error messages: an argument or its kind.
    """
    found = dataset.class_names
    prefix = class_names[: len(found)] if dataset.task == SingleLabel() else class_names
    is_named = dataset.task.are_named(found) and dataset.task.are_named(class_names)
    fits_unnamed = not is_named and len(found) <= len(class_names)
    if difference(prefix, found) is None or fits_unnamed:
        return
    wanted, given = difference(class_names, found) or ("", "")
    unknown = [each for each in found if each not in class_names]
    what = "classes" if dataset.task.has_classes else "numbers"
    hint = (
        f"renumber its labels: {name}.match_classes({owner}.class_names)"
        if not unknown
        else f"{_leave_out(dataset, unknown)}other names of the same {what} are replaced by "
        f"dataclasses.replace({name}, class_names={owner}.class_names)"
    )
    raise ValueError(f"{name}: expected the {what} of `{owner}`, {wanted}, got {given} ({hint})")


def _leave_out(dataset: LabeledImages, unknown: list[str]) -> str:
    """Say first what is right for classes that a network has not learned."""
    is_single = dataset.task == SingleLabel()
    return f"leave out examples of unknown classes, such as {unknown[0]!r:.60}; " * is_single
