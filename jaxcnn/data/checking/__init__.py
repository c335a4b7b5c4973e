"""Check a data set before training for what would spoil it.

`_report` contains `check` and the list of problems, `_set_report` describes one set in numbers, and
`_overlap` finds images that occur more than once.
"""
