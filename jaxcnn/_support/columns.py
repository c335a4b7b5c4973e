"""`check_columns`: refuse the names of columns where the data are no table."""


def check_columns(*, is_table: bool, **columns: str | None) -> None:
    """Raise ValueError if columns are named where the data are no table.

    Args:
        is_table: Whether the data are a table.
        **columns: The names of its columns by argument. None, or the name of the argument itself,
            is the default.

    Example:
        >>> check_columns(is_table=False, path="path", label="class")
        Traceback (most recent call last):
        ValueError: label: expected none without a table, got 'class' (it names a column)
    """
    for name, column in columns.items():
        if not is_table and column not in (None, name):
            raise ValueError(
                f"{name}: expected none without a table, got {column!r:.80} (it names a column)"
            )
