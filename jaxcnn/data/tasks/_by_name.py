"""Find a task by the name that callers and files use."""

from jaxcnn.data.tasks._classification import Multilabel, SingleLabel
from jaxcnn.data.tasks._regression import Regression
from jaxcnn.data.tasks._task import Task

TASKS: dict[str, Task] = {
    task.name: task
    for task in (SingleLabel(), Multilabel(), Regression(), Regression(error="absolute"))
}


def task_by_name(name: str) -> Task:
    """Return the task with the given name, as run folders store it.

    Args:
        name: ``"single"``, ``"multilabel"``, ``"regression"`` or ``"absolute regression"``.

    Raises:
        ValueError: If there is no task of that name.

    Example:
        >>> task_by_name("multilabel")
        Multilabel()
        >>> task_by_name(Regression().name) == Regression()
        True
    """
    if name not in TASKS:
        raise ValueError(f"task: expected one of {tuple(TASKS)}, got {name!r}")
    return TASKS[name]


def as_task(task: Task | str | None, *, multilabel: bool = False) -> Task:
    """Return the task that a caller asks for by an object, a name, or `multilabel=True`.

    Raises:
        TypeError: If `task` is not a task.
        ValueError: If there is no task of that name, or `multilabel=True` contradicts it.
    """
    if task is None:
        return Multilabel() if multilabel else SingleLabel()
    found = task_by_name(task) if isinstance(task, str) else task
    if not isinstance(found, Task):
        raise TypeError(f"task: expected a task or its name, one of {tuple(TASKS)}, got {task!r}")
    if multilabel and found != Multilabel():
        raise ValueError(f"multilabel: expected False with task={found}, got True")
    return found
