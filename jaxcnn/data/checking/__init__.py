"""Check a data set for problems that would spoil training.

`_report` contains `check` and the list of problems, `_set_report` describes one set in numbers, and
`_overlap` finds images that occur more than once.
"""
