"""Hints in errors about objects and words of other libraries."""

import functools
import inspect
from collections.abc import Mapping
from typing import Any, NoReturn

from jaxcnn._support.arguments import did_you_mean

_LINEN = (
    "a Linen module becomes an nnx.Module by "
    "nnx.bridge.ToNNX(module, rngs=nnx.Rngs(0)).lazy_init(images)"
)
_EQUINOX = (
    "an Equinox model needs a short nnx.Module around it: docs/how-to/other-libraries.md has one"
)
_TORCH = "jaxcnn.load_torch_state_dict takes the weights of a PyTorch module"
_KERAS = "jaxcnn.fast_convolutions() speeds a Keras model up; its layers are here by other names"

_FAMILIES = {
    "flax.linen": ("Module", _LINEN),
    "equinox": ("Module", _EQUINOX),
    "torch": ("Module", _TORCH),
    "keras": ("Layer", _KERAS),
}
"""The base classes of other libraries' networks, by the module where they are, and hints."""


def layer_hint(value: object) -> str:
    """Return the hint of an error about a value in place of a network; nothing for most values.

    It knows lists of layers, classes, functions that return networks, and the networks of Flax
    Linen, Equinox, PyTorch and Keras.

    Example:
        >>> layer_hint([1])
        ' (jaxcnn.Sequential([...]) makes a network of a list of layers)'
    """
    if isinstance(value, list | tuple):
        return " (jaxcnn.Sequential([...]) makes a network of a list of layers)"
    if isinstance(value, type):
        return " (pass an instance)"
    if inspect.isroutine(value):
        return f" (call it: {value.__name__}(...))"
    for base in type(value).__mro__:
        for package, (name, hint) in _FAMILIES.items():
            if base.__name__ == name and f"{base.__module__}.".startswith(f"{package}."):
                return f" ({hint})"
    return ""


_LAYERS = {
    **dict.fromkeys(["Conv1D", "Conv2D", "Conv3D", "Convolution2D"], "Conv"),
    **dict.fromkeys(["Conv1d", "Conv2d", "Conv3d"], "Conv"),
    **dict.fromkeys(["DepthwiseConv1D", "DepthwiseConv2D"], "DepthwiseConv"),
    **dict.fromkeys(["SeparableConv1D", "SeparableConv2D", "SeparableConv2d"], "SeparableConv"),
    **dict.fromkeys(["Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"], "ConvTranspose"),
    **dict.fromkeys(["ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"], "ConvTranspose"),
    **dict.fromkeys(["MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "MaxPool1D"], "MaxPool"),
    **dict.fromkeys(["MaxPool1d", "MaxPool2d", "MaxPool3d", "MaxPool2D", "MaxPool3D"], "MaxPool"),
    **dict.fromkeys(["AveragePooling1D", "AveragePooling2D", "AveragePooling3D"], "AvgPool"),
    **dict.fromkeys(["AvgPool1d", "AvgPool2d", "AvgPool3d", "AvgPool2D"], "AvgPool"),
    **dict.fromkeys(["AdaptiveAvgPool1d", "AdaptiveAvgPool2d"], "AdaptiveAvgPool"),
    **dict.fromkeys(["GlobalAveragePooling1D", "GlobalAveragePooling2D"], "GlobalAvgPool"),
    **dict.fromkeys(["GlobalMaxPooling1D", "GlobalMaxPooling2D"], "GlobalMaxPool"),
    **dict.fromkeys(["Linear", "LazyLinear", "FullyConnected"], "Dense"),
    **dict.fromkeys(["BatchNorm1d", "BatchNorm2d", "BatchNorm3d"], "BatchNorm"),
    **dict.fromkeys(["Dropout1d", "Dropout2d", "Dropout3d"], "SpatialDropout"),
    **dict.fromkeys([f"SpatialDropout{rank}D" for rank in (1, 2, 3)], "SpatialDropout"),
    **dict.fromkeys(["DropBlock2d", "DropBlock3d", "DropBlock2D"], "DropBlock"),
    "BatchNormalization": "BatchNorm",
    "LayerNormalization": "LayerNorm",
    "GroupNormalization": "GroupNorm",
    "RMSNormalization": "RMSNorm",
    "SpectralNormalization": "SpectralNorm",
    "Embed": "Embedding",
    "StochasticDepth": "DropPath",
    "ReLU": 'Activation("relu")',
    "ReLU6": 'Activation("relu6")',
    "LeakyReLU": 'Activation("leaky_relu")',
    "ELU": 'Activation("elu")',
    "GELU": 'Activation("gelu")',
    "SiLU": 'Activation("silu")',
    "Mish": 'Activation("mish")',
    "Sigmoid": 'Activation("sigmoid")',
    "Tanh": 'Activation("tanh")',
    "Softmax": 'Activation("softmax")',
    "Rescaling": "Rescale",
    "Concatenate": 'Parallel([...], "concat")',
    "Add": "Residual",
    "Input": "jaxcnn.build(net, input_shape, ...), which takes the shape",
    "Model": "Sequential",
    "Module": "Layer",
}
"""Layers of Keras, PyTorch and Flax, and what they are called here."""


_METHODS = {
    "evaluate": "run.evaluate(test)",
    "predict": "run.predict(images)",
    "save": "run.save(folder)",
    "train": "jaxcnn.fit(model, train)",
    "create_model": 'jaxcnn.pretrained("timm/resnet18.a1_in1k"), or jaxcnn.models without weights',
    "applications": 'jaxcnn.models, or with weights jaxcnn.pretrained("timm/resnet50.a1_in1k")',
    "compile": "jaxcnn.fit(model, train), or run.network.compile() for fast predictions",
}
"""Functions and methods of other libraries, and what does the same here."""


def raise_no_attribute(module: str, name: str, names: list[str]) -> NoReturn:
    """Raise AttributeError for a name that a module lacks, with a hint.

    Args:
        module: The module's name.
        name: The name.
        names: The names that the module has.
    """
    known = (_LAYERS | _METHODS).get(name)
    if name.endswith("_Weights"):  # of torchvision
        known = 'jaxcnn.pretrained("timm/resnet18.tv_in1k"), which returns a network with weights'
    hint = f" (did you mean {known}?)" if known else did_you_mean(name, names)
    raise AttributeError(f"module {module!r} has no attribute {name!r}{hint}", name=name)


_ARGUMENTS = {
    **dict.fromkeys(["filters", "units", "out_channels", "out_features"], ("features",)),
    **dict.fromkeys(["num_features", "output_dim", "embedding_dim"], ("features",)),
    **dict.fromkeys(["dilation", "dilation_rate", "rhs_dilation"], ("kernel_dilation",)),
    **dict.fromkeys(["groups"], ("feature_group_count", "num_groups")),
    **dict.fromkeys(["bias"], ("use_bias",)),
    **dict.fromkeys(["kernel_initializer", "weight_init"], ("kernel_init",)),
    **dict.fromkeys(["bias_initializer"], ("bias_init",)),
    **dict.fromkeys(["pool_size", "kernel_size"], ("window_shape",)),
    **dict.fromkeys(["p", "dropout_rate", "drop_prob"], ("rate",)),
    **dict.fromkeys(["eps"], ("epsilon",)),
    **dict.fromkeys(["affine", "elementwise_affine"], ("use_scale",)),
    **dict.fromkeys(["num_embeddings", "input_dim", "vocab_size"], ("num_embeddings",)),
}
"""Arguments of layers in other libraries, and those here that mean the same."""

_EXPLAINED = {
    **dict.fromkeys(
        ["in_channels", "in_features", "input_shape", "input_size"],
        "the input says how many channels it has, when jaxcnn.build makes the network",
    ),
    "activation": 'an activation is a layer of its own: jaxcnn.Activation("relu")',
    "rngs": "jaxcnn.build(net, input_shape, rngs=nnx.Rngs(0)) draws the weights",
    "key": "jaxcnn.build(net, input_shape, rngs=nnx.Rngs(0)) draws the weights",
    "data_format": "channels are last",
    "padding_mode": 'padding="CIRCULAR" repeats the image; other paddings are zeros',
    "inplace": "arrays of JAX are never changed in place",
}


def check_layer_arguments(cls: type, values: tuple[Any, ...], options: Mapping[str, Any]) -> None:
    """Raise TypeError with a hint if a layer is made with arguments that it does not have.

    Args:
        cls: The class of the layer, a dataclass.
        values: What it is called with by position.
        options: What it is called with by name.
    """
    parameters = _parameters(cls)
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return
    names = [p.name for p in parameters]
    for name in options:
        if name not in names:
            raise TypeError(
                f"{name}: expected one of the arguments {', '.join(names)} of {cls.__name__}"
                f"{_argument_hint(name, names)}"
            )
    by_position = [p for p in parameters if p.kind is not p.KEYWORD_ONLY]
    if len(values) > len(by_position) and names[:1] == ["layers"]:
        raise TypeError(
            f"layers: expected one list, {cls.__name__}([...]), got {len(values)} arguments "
            "(put the layers into brackets)"
        )


@functools.lru_cache(maxsize=256)
def _parameters(cls: type) -> list[inspect.Parameter]:
    return [*inspect.signature(cls.__init__).parameters.values()][1:]


def _argument_hint(name: str, names: list[str]) -> str:
    same = next((each for each in _ARGUMENTS.get(name, ()) if each in names), None)
    if same:
        return f" (did you mean {same}?)"
    return f" ({_EXPLAINED[name]})" if name in _EXPLAINED else did_you_mean(name, names)
