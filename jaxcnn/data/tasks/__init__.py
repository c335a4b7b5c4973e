"""Tasks: the meaning of labels, and so of a network's outputs, as one object per kind of task.

`_task` is the interface; `_classification` (single label and multilabel) and `_regression`
implement it, and `_by_name` finds a task by the name that files store. Each data set has a task. To
add a task, write one class with these methods, and add one entry to `_by_name`.
"""
