"""Find the layers of a module by the names that summaries and weights use."""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence

import jax
from flax import nnx

from jaxcnn.architecture import short_path
from jaxcnn.explain._inputs import Model, subject_of


def layer_names(model: Model, *, containers: bool = False) -> tuple[str, ...]:
    """List the names of a network's layers, as `jaxcnn.summary` shows them.

    Args:
        model: A built module, a trained network or a run.
        containers: Whether to list containers, too. Each container comes before the layers within
            it.

    Returns:
        The names of all layers that contain no other layers, in order. Functions that take the name
        of a layer also accept the name of a container: the part before a dot. In the example,
        ``"1"`` is the name of the residual block. A whole path, such as ``"layers.1.layers.0"``, is
        accepted, too.

    Example:
        >>> import jaxcnn
        >>> block = jaxcnn.Residual([jaxcnn.Conv(2, 3), jaxcnn.Activation("relu")])
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(2, 3, name="stem"), block])
        >>> layer_names(jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0)))
        ('stem', '1.0', '1.1')
    """
    module = subject_of(model).module
    return tuple(map(short_path, modules_within(module) if containers else leaf_layers(module)))


def leaf_layers(module: nnx.Module) -> dict[str, nnx.Module]:
    """Return the modules that contain no others, by path and in order."""
    return {
        path: found for path, found in modules_within(module).items() if not _has_children(found)
    }


def last_layer_with_weights(module: nnx.Module) -> tuple[str, nnx.Module] | None:
    """Return the path and the module of the last layer with weights; None if no layer has any."""
    layers = reversed(leaf_layers(module).items())
    return next(
        (layer for layer in layers if jax.tree.leaves(nnx.state(layer[1], nnx.Param))), None
    )


def modules_within(module: nnx.Module) -> dict[str, nnx.Module]:
    """Return all modules within `module` by path, each before those within it."""
    return dict(_modules_within(module, ""))


def path_of(module: nnx.Module, layer: str) -> str:
    """Return the path of the layer called `layer`, which is a name in a summary or a path.

    Raises:
        TypeError: If `layer` is not a string.
        ValueError: If there is no such layer, or more than one.
    """
    if not isinstance(layer, str):
        raise TypeError(
            f'layer: expected the name of a layer, such as "0" or "layer1.0.conv1", got {layer!r}'
        )
    paths = [*modules_within(module)]
    if layer in paths:
        return layer
    found = [path for path in paths if short_path(path) == layer]
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(
            f"layer: expected the name of one layer, got {layer!r}, which may be any of "
            f"{', '.join(found)} (give one of these)"
        )
    raise ValueError(
        unknown_layer_message(
            layer, [*map(short_path, leaf_layers(module))], [*map(short_path, paths)]
        )
    )


def as_names(layers: str | Iterable[str]) -> tuple[str, ...]:
    """Return one name, or several, as a tuple.

    Raises:
        TypeError: If `layers` is neither.
    """
    if isinstance(layers, str):
        return (layers,)
    if not isinstance(layers, Iterable):
        raise TypeError(
            'layers: expected the name of a layer, such as "0", or several, such as ["0", "1"], '
            f"got {layers!r:.80}"
        )
    return tuple(layers)


def unknown_layer_message(layer: str, layers: Sequence[str], names: Sequence[str]) -> str:
    """Write the message that a layer does not exist, with the layers that do.

    Args:
        layer: The name that the caller gave.
        layers: The names of the layers that contain no others.
        names: All names that are accepted: those of layers and of containers.
    """
    message = f"layer: expected the name of a layer, got {layer!r} "
    if similar := difflib.get_close_matches(layer, names, n=3):
        return f"{message}(did you mean {_listed(similar)}?)"
    containers = [name for name in dict.fromkeys(names) if name not in layers]
    and_containers = f"; and containers of these: {_listed(containers)}" if containers else ""
    return f"{message}(there are {_listed(layers)}{and_containers})"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:20])) + (", ..." if len(names) > 20 else "")


def _modules_within(module: nnx.Module, path: str) -> Iterator[tuple[str, nnx.Module]]:
    for step, child in _children(module):
        place = f"{path}.{step}" if path else step
        if not isinstance(child, nnx.List | nnx.Dict):
            yield place, child
        yield from _modules_within(child, place)


def _children(module: nnx.Module) -> Iterator[tuple[str, nnx.Module]]:
    """Yield the modules that are attributes or items; those of a list are numbered."""
    if isinstance(module, nnx.List):
        held = {str(index): child for index, child in enumerate(module)}
    else:
        held = vars(module)
    for step, child in held.items():
        if isinstance(child, nnx.Dict) and (names := getattr(module, "names", None)):
            # Flax sorts a Dict's keys; the container knows their order.
            yield from ((f"{step}.{name}", child[name]) for name in names)
        elif isinstance(child, nnx.Module):
            yield step, child


def _has_children(module: nnx.Module) -> bool:
    return next(_children(module), None) is not None


def in_order(names: Iterable[str], layers: Sequence[str] = ()) -> list[str]:
    """Sort the names of layers or of their arrays.

    Args:
        names: Such as ``stem`` or ``stem.kernel``.
        layers: The layers' names in their order. Names that belong to none of them come last, words
            in alphabetical and numbers in numerical order.

    Example:
        >>> in_order(["10", "2", "head", "stem"], ["stem", "1"])
        ['stem', 'head', '2', '10']
    """
    return sorted(names, key=lambda name: (_place(name, layers), _natural(name)))


def _place(name: str, layers: Sequence[str]) -> int:
    holders = [place for place, layer in enumerate(layers) if f"{name}.".startswith(f"{layer}.")]
    return max(holders, default=len(layers))


def _natural(name: str) -> list[tuple[int, str]]:
    parts = re.findall(r"\d+|\D+", name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
