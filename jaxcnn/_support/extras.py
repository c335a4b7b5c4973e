"""Import of optional packages."""

import importlib
from types import ModuleType

_WANTED = {
    "PIL": "pillow",
    "flatbuffers": "'jaxcnn[stablehlo]'",
    "grain": "'jaxcnn[experiments]'",
    "httptools": "'jaxcnn[serve]'",
    "huggingface_hub": "'jaxcnn[hub]'",
    "mlflow": "'jaxcnn[mlflow]'",
    "onnx": "'jaxcnn[onnx]'",
    "onnxruntime": "'jaxcnn[onnx]'",
    "sklearn": "'jaxcnn[experiments]'",
    "tensorboardX": "'jaxcnn[tensorboard]'",
    "prometheus_client": "'jaxcnn[serve]'",
    "starlette": "'jaxcnn[serve]'",
    "uvicorn": "'jaxcnn[serve]'",
    "wandb": "'jaxcnn[wandb]'",
}
"""What installs a package, if it is not the package's own name."""


def import_extra(module: str) -> ModuleType:
    """Import a module of an optional package; the ImportError says how to install it.

    Packages of the base installation are imported in the same way where they are slow to import.

    Args:
        module: The module's name.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        # A package that is there may need another one that is missing, as matplotlib needs Pillow.
        package = (error.name or module).partition(".")[0]
        wanted = _WANTED.get(package, package)
        raise ImportError(f"this needs the package {package!r}: pip install {wanted}") from error
