"""Docstrings rewritten for Sphinx."""

from docs.docstrings import for_sphinx

DOCSTRING = """\
Compute a loss.

    loss = |a - b|

Args:
    a: One number.
    **options: The options below.

        first (int): The first,
            in two lines.
        second: The second.

Returns:
    loss: The loss,
        in two lines.
    gradient: Its gradient.

Example:
    >>> 1

    2

Source: A paper.
"""

REWRITTEN = """\
Compute a loss.

::

    loss = |a - b|

Args:
    a: One number.
    **options: The options below.

        - **first** (int): The first,
          in two lines.
        - **second**: The second.

Returns:
    A tuple of

    - **loss**: The loss,
      in two lines.
    - **gradient**: Its gradient.

Example:
    >>> 1

    2

**Source:** A paper.
"""


def test_formulas_options_results_and_sources():
    assert for_sphinx(DOCSTRING) == REWRITTEN


def test_one_result_stays():
    text = "Return it.\n\nReturns:\n    The mean: a number,\n    and nothing else.\n"
    assert for_sphinx(text) == text
