"""Check a data set for problems that would spoil training.

`_report` contains `check` and the list of problems, `_set_report` computes the statistics of one
set, `_overlap` finds images that occur more than once, and `_files` decodes image files.
"""
