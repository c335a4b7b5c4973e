"""Errors for attributes that an object lacks, but one of its parts has."""

from jaxcnn._support.arguments import did_you_mean


def no_attribute(owner: object, name: str, parts: tuple[str, ...] = ()) -> AttributeError:
    """Return the error for an attribute that an object lacks, with a hint where it is.

    Args:
        owner: The object, whose class calls this from ``__getattr__``.
        name: The attribute.
        parts: Attributes of the object that may have it, in this order.

    Example:
        >>> raise no_attribute(1j, "hex", parts=("imag",))
        Traceback (most recent call last):
        AttributeError: 'complex' object has no attribute 'hex' (did you mean .imag.hex?)
    """
    hint = ""
    if not name.startswith("_"):  # those are looked up by Python, also before there are parts
        found = [part for part in parts if hasattr(object.__getattribute__(owner, part), name)]
        hint = f" (did you mean .{found[0]}.{name}?)" if found else ""
        hint = hint or did_you_mean(name, [each for each in dir(owner) if each[0] != "_"])
    text = f"{type(owner).__name__!r} object has no attribute {name!r}{hint}"
    return AttributeError(text, name=name, obj=owner)
