"""Tasks: the meaning of labels, and so of a network's outputs, as one object per kind of task.

`_task` is the interface; `_classification` (single label and multilabel) and `_regression`
implement it, and `_by_name` finds a task by the name that files store. A data set has a task. A new
task is one class with these methods, and one entry in `_by_name`.
"""
