"""Every public name of jaxcnn: what the API pages of the site hold, and nothing else."""

import functools
import importlib
import pkgutil
import types
from typing import NamedTuple

import jaxcnn

Key = tuple[str, int]
"""A name and the identity of its object: the same in all packages that pass the object on."""

ALIASES = {
    "F": "jaxcnn.functional",
    "jnp": "jax.numpy",
    "lax": "jax.lax",
    "nnx": "flax.nnx",
    "np": "numpy",
}
"""Short names of modules, as code and docstrings use them."""

OTHERS = ("flax", "jax", "numpy", "optax")
"""Libraries whose names the site links to."""


class PublicName(NamedTuple):
    """An object under its shortest public path, such as ``jaxcnn.fit``."""

    path: str
    object: object


@functools.cache
def public_modules() -> dict[str, types.ModuleType]:
    """Find jaxcnn, its packages that have an `__all__`, and the modules that such a list names."""
    found = {"jaxcnn": jaxcnn}
    for each in pkgutil.walk_packages(jaxcnn.__path__, "jaxcnn."):
        parent, _, name = each.name.rpartition(".")
        is_named = parent in found and name in found[parent].__all__
        if "._" not in each.name and (each.ispkg or is_named):
            module = importlib.import_module(each.name)
            if hasattr(module, "__all__"):
                found[each.name] = module
    return found


@functools.cache
def public_names() -> dict[str, PublicName]:
    """Find all public names: each path in an `__all__`, and the object under its shortest path."""
    paths = {
        f"{name}.{child}": getattr(module, child)
        for name, module in public_modules().items()
        for child in module.__all__
        if not isinstance(getattr(module, child), types.ModuleType)
    }
    shortest: dict[Key, str] = {}
    for path in sorted(paths, key=lambda path: path.count(".")):
        shortest.setdefault(_key(path, paths[path]), path)
    return {path: PublicName(shortest[_key(path, item)], item) for path, item in paths.items()}


def _key(path: str, item: object) -> Key:
    return path.rpartition(".")[2], id(item)


@functools.cache
def _by_last_name() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path, public in public_names().items():
        found.setdefault(path.rpartition(".")[2], set()).add(public.path)
    return found


def resolve(text: str, package: str = "jaxcnn") -> str | None:
    """Find the full path that a name in a docstring or on a page means, or None.

    A bare name is looked for in `package` first, then in all packages, where it must be unique.
    ``Class.method`` and ``package.name`` work, and so do `ALIASES`. A path into one of `OTHERS` is
    only completed, not looked up.
    """
    first, _, rest = text.removesuffix("()").partition(".")
    text = f"{ALIASES[first]}.{rest}" if rest and first in ALIASES else text.removesuffix("()")
    if text.partition(".")[0] in OTHERS and "." in text:
        return text
    for prefix in ("", f"{package}.", "jaxcnn."):
        if found := _path_of(prefix + text):
            return found
    candidates = _by_last_name().get(first, set())
    if len(candidates) != 1:
        return None
    return _path_of(".".join(filter(None, [*candidates, rest])))


def _path_of(text: str) -> str | None:
    """The shortest path of a public name or of an attribute of one."""
    if text in public_names():
        return public_names()[text].path
    owner, _, member = text.rpartition(".")
    public = public_names().get(owner)
    if public is None or member.startswith("_") or not hasattr(public.object, member):
        return None
    # What a class inherits from a public one stands on the page of that.
    bases = getattr(public.object, "__mro__", ())
    definer = next((base for base in bases if member in vars(base)), public.object)
    paths = (name.path for name in public_names().values() if name.object is definer)
    return f"{next(paths, public.path)}.{member}"
