"""Find the largest network of a family within limits of parameters and computation."""

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jaxcnn._support.arguments import check_int
from jaxcnn._support.results import Result
from jaxcnn.architecture._input_shape import check_input_shape
from jaxcnn.architecture._summary import costs_of, receptive_field
from jaxcnn.architecture._walk import walk
from jaxcnn.layers import Layer, Shape, check_layer


@dataclasses.dataclass(frozen=True)
class FamilyMember(Result):
    """One network of a family; `to_dict` returns all fields but the architecture.

    Attributes:
        architecture: The network as data.
        options: The arguments that were passed to the function `family` to make this network.
        parameters: Number of trained parameters.
        macs: Multiply-accumulates for one example.
        receptive_field: Size of the receptive field of the network's last layer with spatial axes,
            in input pixels along one side. If the size differs between the axes, this is the
            smallest size.
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
) -> FamilyMember:
    """Find the largest network of a family within limits of parameters, MACs or receptive field.

    Use it to choose a width or depth for a given budget, without training anything. The largest
    network is the network with the most multiply-accumulates (MACs). Among networks with equally
    many MACs, it is the network with the most parameters. The function tries all combinations of
    the options. So it also works if the costs do not increase with an option. Combinations whose
    layers do not fit the input shape, for example because of too many poolings, are skipped.

    Args:
        family: Function that returns an architecture for one value of each option, called as in
            ``family(width=32)``.
        options: The values to try for each argument of `family`, by the argument's name.
        input_shape: Shape of one example without batch axis, such as ``(H, W, C)``.
        max_params: Largest number of parameters; None for no limit.
        max_macs: Largest number of multiply-accumulates for one example; None for no limit.
        min_receptive_field: Smallest `receptive_field`, in input pixels; None for no limit.

    Returns:
        A `FamilyMember`: the network that was found, with its `options` and its costs.

    Raises:
        TypeError: If the family returns something that is not a layer, a limit is not an integer,
            or `options` does not map names to values.
        ValueError: If no network is within the limits. The error then names the network that
            exceeds the limits by the smallest factor. Also if no network fits the input shape, or
            an option has no values.

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
    given = {name: f"{limit:,}" for name, limit in limits.items() if limit is not None}
    raise ValueError(
        f"{', '.join(given)}: expected limits that a member of the family meets, got "
        f"{', '.join(given.values())} (the nearest is {nearest})"
    )


def _members(
    family: Callable[..., Layer], options: Mapping[str, Iterable[int]], input_shape: Shape
) -> Iterator[FamilyMember]:
    """Yield the members that fit the input shape; raise `ValueError` if there is none."""
    if not isinstance(options, Mapping) or not all(
        isinstance(choices, Iterable) for choices in options.values()
    ):
        raise TypeError(f"options: expected arguments with the values to try, got {options!r}")
    values = {name: tuple(choices) for name, choices in options.items()}
    for name, choices in values.items():
        if not choices:
            raise ValueError(f"options: expected a value for each argument, got none for {name!r}")
    misfit, found = None, False
    for combination in itertools.product(*values.values()):
        chosen = dict(zip(values, combination, strict=True))
        architecture = family(**chosen)
        check_layer(architecture)
        try:
            member = _measure(architecture, chosen, input_shape)
        except ValueError as error:
            misfit = misfit or error
        else:
            found = True
            yield member
    if not found:
        raise ValueError(
            f"input_shape: expected a shape that a member of the family fits, got {input_shape} "
            f"({misfit})"
        )


def _measure(architecture: Layer, options: dict[str, int], input_shape: Shape) -> FamilyMember:
    visits = [*walk(architecture, input_shape)]
    costs = [costs_of(visit) for visit in visits]
    return FamilyMember(
        architecture,
        options,
        sum(cost.parameters for cost in costs),
        sum(cost.macs for cost in costs),
        min(receptive_field(visits, input_shape), default=1),
    )


def _excess(member: FamilyMember, limits: Mapping[str, int | None]) -> float:
    """Return the largest factor by which a member exceeds a limit; at most 1 if within all."""
    has = {"max_params": member.parameters, "max_macs": member.macs}
    factors = [has[name] / limit for name, limit in limits.items() if limit and name in has]
    field = limits["min_receptive_field"]
    return max([*factors, field / member.receptive_field if field else 0.0])
