"""Find a task by the name that callers and files use."""

from jaxcnn.data.tasks._classification import Multilabel, SingleLabel
from jaxcnn.data.tasks._regression import Regression
from jaxcnn.data.tasks._task import Task

TASKS: dict[str, Task] = {
    task.name: task
    for task in (SingleLabel(), Multilabel(), Regression(), Regression(error="absolute"))
}


def task_by_name(name: str) -> Task:
    """Find a task by its name, as files hold it.

    Args:
        name: `"single"`, `"multilabel"`, `"regression"` or `"absolute regression"`.

    Raises:
        ValueError: If it is none of these.

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
    """Settle what a caller says about the task: an object, a name, or `multilabel=True`.

    Raises:
        TypeError: If `task` is no task.
        ValueError: If there is no such name, or `multilabel=True` contradicts it.
    """
    if task is None:
        return Multilabel() if multilabel else SingleLabel()
    found = task_by_name(task) if isinstance(task, str) else task
    if not isinstance(found, Task):
        raise TypeError(f"task: expected a task or its name, one of {tuple(TASKS)}, got {task!r}")
    if multilabel and found != Multilabel():
        raise ValueError(f"multilabel: expected False with task={found}, got True")
    return found
