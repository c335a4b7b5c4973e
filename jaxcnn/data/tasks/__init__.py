"""What labels mean, and so what a network's outputs mean: one object for each kind of task.

`_task` is the interface; `_classification` (single label and multilabel) and `_regression` are its
values, and `_by_name` finds them by the name that files hold. A data set holds its task. A new task
is one class with these methods, and one entry in `_by_name`.
"""
