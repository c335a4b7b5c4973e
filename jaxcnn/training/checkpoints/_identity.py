"""Everything that decides the bits of a training, and how two trainings differ in words."""

import functools
import hashlib
import importlib.metadata
import os
from collections.abc import Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxcnn._support.leaves import named_leaves
from jaxcnn._support.machine import device, versions
from jaxcnn.architecture import to_json
from jaxcnn.data import Augmentation, Dataset, LabeledImages, fingerprint
from jaxcnn.inference import Network
from jaxcnn.lowering import onednn_support
from jaxcnn.training._early_stopping import EarlyStopping
from jaxcnn.training._plan import Plan

INITIAL, PROGRAM = "initial state", "training step"
DECODERS = ("pillow", "simplejpeg")
"""The libraries that decode image files, and that determine the pixels of streamed data."""

ONEDNN_SETTINGS = ("ONEDNN_", "DNNL_")
"""Beginnings of the environment variables that oneDNN reads."""

LIMITS = ("max_steps", "max_seconds")
"""Options that end a training and change no bit before its end."""

PROCESSES = "processes"
"""The number of processes, if there are several."""

CONSEQUENCES = (INITIAL, PROGRAM)
"""Entries that change with most of the others, and are named only if none of these has changed."""


def identity_of(
    *,
    network: Network,
    settings: Mapping[str, Any],
    initial: Any,
    program: str,
    train: LabeledImages,
    validation: LabeledImages | None,
) -> dict[str, Any]:
    """Return everything that decides the bits of a training, as plain data.

    Args:
        network: The untrained network.
        settings: The options of the training.
        initial: The state before the first step: weights, optimizer and key.
        program: The text of the training step as JAX lowers it. It stands for all that has no
            other name: custom optimizers, losses and layers, and JAX's settings.
        train: The training set.
        validation: The validation set, which decides when to stop early.
    """
    architecture = network.architecture
    several = {}
    if settings.get(PROCESSES, 1) > 1 and jax.default_backend() == "cpu":
        # On CPUs, as many devices give the same bits in any number of processes but one.
        several = {PROCESSES: "several"}
    return {
        "network": "custom module" if architecture is None else to_json(architecture),
        **{name: value for name, value in settings.items() if name not in LIMITS},
        **several,
        "training data": fingerprint(train, cache=True),
        "validation data": None if validation is None else fingerprint(validation, cache=True),
        "versions": versions() | _decoders(train, validation),
        "device": {name: device()[name] for name in ("platform", "kind")},
        "oneDNN": jax.default_backend() == "cpu" and onednn_support().is_usable,
        "XLA_FLAGS": os.environ.get("XLA_FLAGS", ""),
        **{name: value for name, value in os.environ.items() if name.startswith(ONEDNN_SETTINGS)},
        INITIAL: _digest(initial),
        PROGRAM: hashlib.sha256(program.encode()).hexdigest(),
    }


def differences(saved: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return in words how a training differs from the one of a checkpoint, one line per entry.

    Example:
        >>> differences({"seed": 0, "epochs": 3}, {"seed": 1, "epochs": 3})
        ['seed: 0 in the checkpoint, 1 now']
    """
    changed = changed_options(saved, now)
    causes = [name for name in changed if name not in CONSEQUENCES]
    return [_in_words(name, *changed[name]) for name in causes or changed]


def changed_options(saved: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the options of a training that differ, with both values, by name.

    What an earlier version wrote may lack options, and fields of options. They had the values that
    are the defaults now.

    Args:
        saved: The options that were written, as plain data.
        now: The options to compare with.

    Example:
        >>> before = {"seed": 0, "early_stopping": {"patience": 2}}
        >>> changed_options(before, {"seed": 0, "early_stopping": {"patience": 3}})
        {'early_stopping.patience': (2, 3)}
    """
    return dict(_changed(saved, now, _defaults()))


def _changed(
    saved: Mapping[str, Any], now: Mapping[str, Any], defaults: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Yield the names of entries that differ, with both values; None is as good as no entry."""
    for name in {**saved, **now}:
        place = f"{prefix}{name}"
        before, after = (
            defaults.get(place) if entries.get(name) is None else entries[name]
            for entries in (saved, now)
        )
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _changed(before, after, defaults, f"{place}.")
        elif before != after:
            yield place, (before, after)


@functools.cache
def _defaults() -> Mapping[str, Any]:
    """Return the defaults of all options, and of the fields of those that have any, by name."""
    plan = Plan(augmentation=Augmentation(), early_stopping=EarlyStopping()).to_dict()
    nested = {name: plan[name] for name in ("augmentation", "early_stopping")}
    fields = {f"{name}.{field}": value for name in nested for field, value in nested[name].items()}
    return Plan().to_dict() | fields


def _decoders(*sets: LabeledImages | None) -> dict[str, str | None]:
    """Return the versions of the libraries that decode streamed files; nothing without any."""
    if all(data is None or isinstance(data, Dataset) for data in sets):
        return {}
    return {name: _version(name) for name in DECODERS}


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _in_words(name: str, before: Any, after: Any) -> str:
    if name == INITIAL:
        return "another initial state (other weights, or another optimizer or learning rate)"
    if name == PROGRAM:
        return "another training step (a custom optimizer, loss or layer, or JAX's settings)"
    if name.endswith(" data"):
        if before and after:
            return f"other {name}"
        return f"{name}: {'some' if before else 'none'} in the checkpoint, " + (
            "some now" if after else "none now"
        )
    if name == "network":
        return "another network"
    return f"{name}: {before!r:.60} in the checkpoint, {after!r:.60} now"


def _digest(tree: Any) -> str:
    """Return a checksum of the names and bits of all arrays in a tree."""
    total = hashlib.sha256()
    for name, leaf in named_leaves(tree):
        array = leaf
        if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            array = jax.random.key_data(leaf)
        total.update(f"{name} {array.dtype} {array.shape};".encode())
        total.update(np.asarray(array).tobytes())
    return total.hexdigest()
