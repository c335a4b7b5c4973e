"""Text from outside, such as names of classes and files, in terminals, pages and spreadsheets."""

import re
from collections.abc import Sequence

_CONTROLS = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]"
)
"""Control characters besides tab and newline, those that change the direction of writing, and
halves of characters (surrogates), which cannot be written."""


def readable(text: str) -> str:
    r"""Escape the unprintable characters of a path or a class name, to print it on one line.

    Args:
        text: Any text.

    Returns:
        The text with ASCII escapes in place of the characters that are not printable.

    Example:
        >>> print(readable("two\nlines.png"))
        two\nlines.png
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def without_controls(text: str) -> str:
    r"""Replace the control characters that a page or a terminal may obey by U+FFFD.

    Example:
        >>> without_controls("red \x1b[31m")
        'red �[31m'
    """
    return _CONTROLS.sub("\ufffd", text)


def spreadsheet_cell(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run as a formula.

    Example:
        >>> spreadsheet_cell("=1+1"), spreadsheet_cell("cat")
        ("'=1+1", 'cat')

    Source: OWASP, *CSV Injection*.
    """
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


MAX_LISTED = 8
"""Names that `listed` shows at most."""


def listed(names: Sequence[str]) -> str:
    """List the first names in quotes, and an ellipsis if there are more.

    Example:
        >>> listed(["cat", "dog"]), listed([*"abcdefghij"])[-8:]
        ("'cat', 'dog'", "'h', ...")
    """
    first = ", ".join(f"{name!r:.80}" for name in names[:MAX_LISTED])
    return f"{first}, ..." if len(names) > MAX_LISTED else first


def likewise(names: Sequence[str]) -> str:
    """Name the other files that have the same fault, at the end of a message about the first one.

    Example:
        >>> likewise([]), likewise(["a", "b", "c", "d"])
        ('', '; likewise a, b, c, ...')
    """
    more = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    return f"; likewise {more}" if names else ""


MAX_ERROR = 2_000
"""Characters of an error that other processes get."""


def error_text(error: Exception) -> str:
    """Return an error in words, for other processes.

    Example:
        >>> error_text(KeyError("mine"))
        "KeyError: 'mine'"
    """
    return f"{type(error).__name__}: {error}"[:MAX_ERROR]
