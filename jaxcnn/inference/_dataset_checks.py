"""Checks of the sets that training and evaluation are given."""

from jaxcnn.data import (
    FileSplits,
    LabelledImages,
    SingleLabel,
    Splits,
    Task,
)


def check_dataset(name: str, dataset: LabelledImages) -> None:
    """Raise unless `dataset` is one; `name` is the argument's."""
    if not isinstance(dataset, LabelledImages):
        splits = isinstance(dataset, Splits | FileSplits)
        hint = f"; pass its .{'train' if name == 'train' else 'test'}" * splits
        raise TypeError(
            f"{name}: expected a Dataset or ImageFiles, got {type(dataset).__name__}{hint}"
        )


def check_same_task(name: str, dataset: LabelledImages, task: Task, outputs: int) -> None:
    """Raise unless a set's labels mean what they should; `name` is the argument's."""
    if dataset.task != task:
        raise ValueError(f"{name}: expected a data set of {task}, got one of {dataset.task}")
    if task != SingleLabel() and dataset.num_classes != outputs:
        what = "classes" if task.has_classes else "numbers to predict"
        raise ValueError(f"{name}: expected {outputs} {what}, got {dataset.num_classes}")
