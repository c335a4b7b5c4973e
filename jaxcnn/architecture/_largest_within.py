"""The largest network of a family that stays within limits."""

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jaxcnn._support.arguments import check_int
from jaxcnn._support.results import Result
from jaxcnn.architecture._build import check_input_shape
from jaxcnn.architecture._summary import costs_of, receptive_field
from jaxcnn.architecture._walk import walk
from jaxcnn.layers import Layer, Shape, check_layer


@dataclasses.dataclass(frozen=True)
class Member(Result):
    """One network of a family; `to_dict` has all but the architecture.

    Attributes:
        architecture: the network as data.
        options: the family's arguments that it was made with.
        parameters: its trained numbers.
        macs: its multiply-accumulates for one example.
        receptive_field: side of the box of input pixels that an output of its last layer with
            spatial axes sees; the smallest where axes differ.
    """

    architecture: Layer
    options: dict[str, int]
    parameters: int
    macs: int
    receptive_field: int

    def _content(self) -> Mapping[str, Any]:
        content = super()._content()
        return {name: value for name, value in content.items() if name != "architecture"}

    def __str__(self) -> str:
        options = ", ".join(f"{name}={value}" for name, value in self.options.items())
        return (
            f"{options} ({self.parameters:,} parameters, {self.macs:,} MACs, receptive field "
            f"{self.receptive_field})"
        )


def largest_within(
    family: Callable[..., Layer],
    options: Mapping[str, Iterable[int]],
    *,
    input_shape: Shape,
    max_params: int | None = None,
    max_macs: int | None = None,
    min_receptive_field: int | None = None,
) -> Member:
    """Find the largest member of a family of networks that stays within the limits.

    The largest is the one of most multiply-accumulates; among equals, of most parameters. Every
    combination of the options is tried, so the family need not grow steadily with any of them.
    Combinations whose layers do not fit the input shape, such as one pooling too many, are left
    out.

    Args:
        family: gives the architecture for one value of each option, as in ``family(width=32)``.
        options: the values to try, by the names of the family's arguments.
        input_shape: shape of one example, with no batch axis: ``(H, W, C)``.
        max_params: most parameters; None: any number.
        max_macs: most multiply-accumulates for one example; None: any number.
        min_receptive_field: least `receptive_field`, in pixels; None: any.

    Returns:
        The member: its `architecture`, its `options`, and what it costs.

    Raises:
        TypeError: if the family gives what is no layer, a limit is no integer, or `options` is no
            mapping of names to values.
        ValueError: if no member is within the limits; the error names the one that misses them
            by the smallest factor. Also if no member fits the input shape, or an option has no
            values.

    Example:
        >>> import jaxcnn
        >>> def family(width, depth):
        ...     convolutions = [jaxcnn.Conv(width, 3) for _ in range(depth)]
        ...     return jaxcnn.Sequential([*convolutions, jaxcnn.GlobalAvgPool(), jaxcnn.Dense(10)])
        >>> best = largest_within(
        ...     family,
        ...     {"width": range(8, 65, 8), "depth": (1, 2, 3)},
        ...     input_shape=(32, 32, 3),
        ...     max_params=10_000,
        ...     min_receptive_field=7,
        ... )
        >>> print(best)
        width=16, depth=3 (5,258 parameters, 5,161,120 MACs, receptive field 7)
    """
    shape = check_input_shape(input_shape)
    limits = {
        "max_params": max_params,
        "max_macs": max_macs,
        "min_receptive_field": min_receptive_field,
    }
    for name, limit in limits.items():
        if limit is not None:
            check_int(name, limit)
    members = list(_members(family, options, shape))
    fitting = [member for member in members if _excess(member, limits) <= 1]
    if fitting:
        return max(fitting, key=lambda member: (member.macs, member.parameters))
    nearest = min(members, key=lambda member: _excess(member, limits))
    wanted = ", ".join(f"{name}={n:,}" for name, n in limits.items() if n is not None)
    raise ValueError(f"no member of the family has {wanted}; the nearest is {nearest}")


def _members(
    family: Callable[..., Layer], options: Mapping[str, Iterable[int]], input_shape: Shape
) -> Iterator[Member]:
    """The members that fit the input shape, at least one."""
    if not isinstance(options, Mapping) or not all(
        isinstance(choices, Iterable) for choices in options.values()
    ):
        raise TypeError(f"options must map arguments to the values to try, got {options!r}")
    values = {name: tuple(choices) for name, choices in options.items()}
    for name, choices in values.items():
        if not choices:
            raise ValueError(f"options must hold a value for each argument, got none for {name!r}")
    misfit, found = None, False
    for combination in itertools.product(*values.values()):
        chosen = dict(zip(values, combination, strict=True))
        architecture = family(**chosen)
        check_layer(architecture)
        try:
            member = _measured(architecture, chosen, input_shape)
        except ValueError as error:
            misfit = misfit or error
        else:
            found = True
            yield member
    if not found:
        raise ValueError(f"no member of the family fits input_shape {input_shape}: {misfit}")


def _measured(architecture: Layer, options: dict[str, int], input_shape: Shape) -> Member:
    visits = [*walk(architecture, input_shape)]
    costs = [costs_of(visit) for visit in visits]
    return Member(
        architecture,
        options,
        sum(cost.parameters for cost in costs),
        sum(cost.macs for cost in costs),
        min(receptive_field(visits, input_shape), default=1),
    )


def _excess(member: Member, limits: Mapping[str, int | None]) -> float:
    """The largest factor by which a member is beyond a limit; at most 1 within all of them."""
    has = {"max_params": member.parameters, "max_macs": member.macs}
    factors = [has[name] / limit for name, limit in limits.items() if limit and name in has]
    field = limits["min_receptive_field"]
    return max([*factors, field / member.receptive_field if field else 0.0])
