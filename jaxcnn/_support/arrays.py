"""The entrance of callers' arrays: whatever holds numbers becomes an array that JAX takes.

Byte order, objects and 64-bit integers are dealt with here, where an error can name the argument.
"""

from collections.abc import Iterator, Mapping, Set
from contextlib import suppress
from os import PathLike
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer


def as_array(name: str, value: Any, *, text_hint: str = "") -> np.ndarray:
    """Return an argument as a NumPy array in this machine's byte order.

    Args:
        name: The argument's name in error messages.
        value: An array of any library, or nested lists of numbers.
        text_hint: What the error says after "got text", to help.

    Raises:
        TypeError: If the value is an iterator, a set, a mapping or nothing, or its entries are not
            numbers.
        ValueError: If its entries differ in shape, or some are masked.

    Example:
        >>> as_array("labels", np.array([1, 2], ">i4")).dtype
        dtype('int32')
        >>> as_array("images", [np.zeros((2, 2)), np.zeros((3, 3))])
        Traceback (most recent call last):
        ValueError: images: expected entries of one shape, got (2, 2) at 0 and (3, 3) at 1
    """
    if value is None or isinstance(value, Iterator | Set | Mapping | str | bytes | PathLike):
        hint = " (np.stack([*values]) makes an array)" if isinstance(value, Iterator) else ""
        raise TypeError(f"{name}: expected an array, got {_kind(value)}{hint}")
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ValueError(f"{name}: expected an array without masked values, got some")
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        if isinstance(value, Tracer):
            raise
        raise _fault(name, value, error) from None
    if array.dtype == object and not array.ndim:
        hint = " (pass its .images)" if hasattr(value, "images") else ""
        raise TypeError(f"{name}: expected an array, got {_kind(value)}{hint}")
    return _in_native_form(name, array, text_hint)


def holds_paths(value: Any) -> bool:
    """Return whether a value is text, the path of a file, or a sequence that begins with one.

    Example:
        >>> holds_paths(["photo.jpg"]), holds_paths(np.array(["a.jpg"])), holds_paths([1, 2])
        (True, True, False)
    """
    if isinstance(value, np.ndarray):
        value = value.ravel()[:1].tolist()
    first = value[0] if isinstance(value, list | tuple) and value else value
    return isinstance(first, str | PathLike)


def _kind(value: Any) -> str:
    return "None" if value is None else type(value).__name__


def _in_native_form(name: str, array: np.ndarray, text_hint: str) -> np.ndarray:
    if array.dtype == object:  # as pandas holds integers beside missing values
        try:
            array = np.asarray(array.tolist())
        except ValueError as error:
            raise _fault(name, array.tolist(), error) from None
    if not _is_numeric(array.dtype):
        what = "named fields" if array.dtype.names else _NOT_NUMBERS.get(array.dtype.kind, "bytes")
        if array.dtype == object:
            what = _first_object(array)
        hint = text_hint if what == "text" else ""
        raise TypeError(f"{name}: expected an array of numbers, got {what}{hint}")
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        return array.astype(np.float64)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _first_object(array: np.ndarray) -> str:
    """Say which entry is no number of NumPy, and where, such as "None at 2"."""
    for index in np.ndindex(array.shape):
        if not _is_numeric(np.asarray(array[index]).dtype):
            place = index[0] if len(index) == 1 else index
            is_long = isinstance(array[index], int)
            return f"{array[index]!r:.80} at {place}{' (it has more than 64 bits)' * is_long}"
    return "entries that have no dtype in common"


_NOT_NUMBERS = {
    **dict.fromkeys("STU", "text"),
    **dict.fromkeys("mM", "dates or times"),
}
"""What an array holds, by its kind."""


def _is_numeric(dtype: np.dtype) -> bool:
    is_extended = dtype.kind == "V" and jnp.issubdtype(dtype, np.number)  # such as bfloat16
    return dtype.kind in "biufc" or is_extended


def _fault(name: str, value: Any, error: Exception) -> Exception:
    """Return the error for a value of which NumPy makes no array."""
    shapes = [_shape(entry) for entry in value] if isinstance(value, list | tuple) else []
    for place, shape in enumerate(shapes):
        if shape != shapes[0]:
            both = f"got {shapes[0]} at 0 and {shape} at {place}"
            return ValueError(f"{name}: expected entries of one shape, {both}")
    if None in shapes:
        return ValueError(f"{name}: expected entries of one shape, got several shapes within one")
    return TypeError(f"{name}: expected an array, got {type(value).__name__} ({error})")


def _shape(entry: Any) -> tuple[int, ...] | None:
    try:
        return np.shape(entry)
    except (TypeError, ValueError):
        return None


def as_operand(name: str, value: Any) -> Array:
    """Return an argument as a JAX array; inside of compiled functions, also one that is traced.

    Raises:
        TypeError: If it is no array of numbers.
        ValueError: If its entries differ in shape, or an integer does not fit JAX's integers.

    Example:
        >>> as_operand("x", np.ones(2, ">f4")).dtype
        dtype('float32')
        >>> as_operand("labels", np.array([2**32]))
        Traceback (most recent call last):
        ValueError: labels: expected integers of at most 32 bits, got 4294967296
    """
    if isinstance(value, Array):
        return value
    if isinstance(value, list | tuple) and _holds_jax_arrays(value):
        value = [as_operand(name, entry) for entry in value]
    if type(value) in _SCALARS or _holds_jax_arrays(value):
        with suppress(TypeError, ValueError, OverflowError):  # which `as_array` explains
            return jnp.asarray(value)
    array = as_array(name, value)
    check_narrow(name, array)
    return jnp.asarray(array)


_SCALARS = (bool, int, float, complex)
"""Their dtype in JAX depends on what they meet."""


def _holds_jax_arrays(value: Any) -> bool:
    """Return whether a value is a variable of Flax, or nested lists with arrays of JAX."""
    if isinstance(value, list | tuple):
        return any(map(_holds_jax_arrays, value))
    return isinstance(value, Array) or hasattr(value, "__jax_array__")


def check_narrow(name: str, array: Any) -> None:
    """Raise ValueError if an integer would be changed by JAX's 32 bits."""
    if array.dtype.kind not in "iu" or array.dtype.itemsize <= 4 or not array.size:
        return
    kept = jax.dtypes.canonicalize_dtype(array.dtype)
    limits = np.iinfo(kept)
    for extreme in (int(array.max()), int(array.min())):
        if not limits.min <= extreme <= limits.max:
            raise ValueError(
                f"{name}: expected integers of at most {limits.bits} bits, got {extreme}"
            )


def within_rounding(array: np.ndarray) -> np.ndarray | None:
    """Return floats clipped to 0 to 1, if they exceed it by rounding only; otherwise None.

    Rounding is four times the precision of float32, or of a dtype with less.
    """
    rounding = 4 * max(np.finfo(np.float32).eps, np.finfo(array.dtype).eps)
    if array.min() >= -rounding and array.max() <= 1 + rounding:
        return np.clip(array, 0, 1)
    return None


def exactly(number: np.floating) -> str:
    """Format a number with six digits, or with all where six would show another number.

    Example:
        >>> exactly(np.float64(0.25)), exactly(np.float64(1 + 1e-12))
        ('0.25', '1.000000000001')
    """
    short = f"{number:g}"
    return short if number.dtype.type(short) == number else str(number)


def are_gray(images: np.ndarray) -> bool:
    """Return whether images ``(N, H, W, C)`` have no colors: one channel, or equal ones."""
    return images.ndim == 4 and bool((images == images[..., :1]).all())


def without_device(array: Array) -> Array:
    """Return an array that JAX may compute with on any device: a copy if it is bound to one.

    Arrays of `jax.device_put`, and those read from a checkpoint, are bound to their devices.
    """
    if not getattr(array, "committed", False) or not array.is_fully_addressable:
        return array
    if jnp.issubdtype(array.dtype, jax.dtypes.prng_key):
        data = jnp.asarray(np.asarray(jax.random.key_data(array)))
        return jax.random.wrap_key_data(data, impl=jax.random.key_impl(array))
    return jnp.asarray(np.asarray(array))
