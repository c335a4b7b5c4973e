"""Look through a data set for what spoils training, before anything is trained on it.

`_report` holds `check` and the list of problems, `_set_report` describes one set in numbers, and
`_overlap` finds images that occur more than once.
"""
