"""Counts, bytes, seconds, probabilities and sizes as text."""

from collections.abc import Sequence

_PREFIXES = ("", "k", "M", "G", "T", "P", "E")


def short(number: int) -> str:
    """Format a count with three digits and a unit.

    Example:
        >>> short(12), short(4089184256), short(999_950)
        ('12', '4.09 G', '1 M')
    """
    power = 0
    while power + 1 < len(_PREFIXES) and number >= 999.5 * 1000**power:
        power += 1
    return f"{number / 1000**power:.3g} {_PREFIXES[power]}".rstrip()


def bytes_text(number: int) -> str:
    """Format a number of bytes with three digits and a unit; units are powers of 1,000.

    Example:
        >>> bytes_text(102_228_128)
        '102 MB'
    """
    text = short(number)
    return f"{text}B" if " " in text else f"{text} B"


def seconds_text(seconds: float) -> str:
    """Format seconds with at least two digits.

    Example:
        >>> seconds_text(1234.5), seconds_text(0.123)
        ('1,234', '0.12')
    """
    return f"{seconds:,.0f}" if seconds >= 10 else f"{seconds:.2g}"


def probability_text(probability: float) -> str:
    """Format a probability in percent; only 0 and 1 themselves are written as 0% and 100%.

    The pages in JavaScript write the same, and round halves up as well.

    Example:
        >>> [probability_text(each) for each in (0.004, 0.873, 0.9962, 0.9997, 1.0)]
        ['<1%', '87%', '99.6%', '>99.9%', '100%']
    """
    percent = 100 * float(probability)  # what is compared is what is rounded
    if 0 < percent <= 0.5:
        return "<1%"
    if 99.95 <= percent < 100:
        return ">99.9%"
    if 99.5 <= percent < 100:
        return f"{percent:.1f}%"
    return f"{(percent + 0.5) // 1:.0f}%"


def sides(sizes: int | Sequence[int]) -> str:
    """Format sizes with a times sign between them.

    Example:
        >>> sides((3, 5)), sides(3)
        ('3×5', '3')
    """
    return str(sizes) if isinstance(sizes, int) else "×".join(map(str, sizes))


def short_sides(sizes: Sequence[int] | None) -> str:
    """Format sizes as a single number if they are all equal; None as nothing.

    Example:
        >>> short_sides((7, 7)), short_sides((7, 1)), short_sides(None)
        ('7', '7×1', '')
    """
    sizes = sizes or ()
    return sides(sizes if len(set(sizes)) > 1 else sizes[:1])
