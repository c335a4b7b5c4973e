"""Hints about names that are not those of a repository: networks without a tag, files, folders."""

import functools
import inspect
import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from jaxcnn._support.arguments import did_you_mean
from jaxcnn._support.safetensors import HOW_TO_CONVERT, PICKLE_NAMES
from jaxcnn._support.texts import readable
from jaxcnn.models import list_timm_models

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_OWNER = "timm"
_EXAMPLE = "timm/resnet18.a1_in1k"


def name_hint(name: str) -> str:
    """Say what was probably meant by a name that no repository has; nothing if that is not known.

    Args:
        name: What was passed as the name of a repository.

    Example:
        >>> name_hint("resnet18.a1_in1k")
        "did you mean 'timm/resnet18.a1_in1k'?"
    """
    ending = os.path.splitext(name)[1].lower()
    if ending in PICKLE_NAMES:
        return f"a file that PyTorch pickled, {HOW_TO_CONVERT}\nthen {_READ}"
    if ending == ".safetensors":
        return _READ
    if hint := folder_hint(name):
        return hint
    owner, _, title = name.rpartition("/")
    bare, _, tag = title.lower().partition(".")
    if owner not in ("", _OWNER) or bare not in list_timm_models():
        return ""
    if tag and not owner:
        return f"did you mean '{_OWNER}/{readable(title):.120}'?"
    tags = f"https://huggingface.co/models?search={_OWNER}/{bare}"
    if tag:
        return f"{tags} lists the weights of {bare}"
    return (
        f"{bare} is a network of timm; its weights have a tag, as in {_EXAMPLE} ({tags} lists them)"
    )


_CLASSES = "jaxcnn.fine_tune(network, train) gives it a new head for the classes of a training set"
_ALWAYS = "it always loads weights; jaxcnn.models has the networks without them"
_OPTIONS = {
    **dict.fromkeys(["num_classes", "classes", "num_labels"], _CLASSES),
    **dict.fromkeys(["pretrained", "weights"], _ALWAYS),
    **dict.fromkeys(
        ["features_only", "include_top"], "jaxcnn.backbone(network.module) has no head"
    ),
    "input_shape": "image_size=224 is the side of the images",
}


def explains_options(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Give a function that loads weights an error with a hint for options of other libraries."""
    names = [*inspect.signature(function).parameters]

    @functools.wraps(function)
    def checked(*values: Arguments.args, **options: Arguments.kwargs) -> Result:
        for name in options:
            if name not in names:
                hint = f" ({_OPTIONS[name]})" if name in _OPTIONS else did_you_mean(name, names)
                expected = ", ".join(names[1:])
                raise TypeError(f"{name}: expected one of the options {expected}{hint}")
        return function(*values, **options)

    return checked


def folder_hint(name: str) -> str:
    """Say how a folder of weights is passed, if there is one of this name; else nothing."""
    is_there = os.path.isdir(os.path.expanduser(name))
    return f"for the folder of this name, pass Path({name!r:.120})" * is_there


_READ = "jaxcnn.load_torch_state_dict(net, 'FILE.safetensors', input_shape) reads such a file"
