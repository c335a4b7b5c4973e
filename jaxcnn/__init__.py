"""jaxcnn: convolutional networks in JAX, as pure functions and plain data.

| question | where |
|---|---|
| Which functions of arrays are there? | `functional` |
| What are networks made of? | the layers here (`Conv`, `Sequential`, ...), from `layers` |
| What can one ask of a network as data? | `summary`, `build`, `to_json`, ..., from `architecture` |
| Which networks are ready? | `models` |
| Which are trained already, and how is one published? | `pretrained` and `push`, from `hub` |
| Where do examples come from? | `data` |
| How is a network trained? | `fit`, `fine_tune`, `fit_ensemble`; options and steps in `training` |
| How do several processes train together? | `distributed` |
| What does a trained network do? | `Run`, from `runs`, and `load`, from `hub`; `inference` |
| What is going on inside? | `explain`, `report`, `explore`, `predict_files`; `reports` |
| How fast is it? | `profiling`, `fast_convolutions`, `set_up`; `lowering` |
| Does all of it work here? | `doctor` |
| How does it become smaller, and predict the same? | `rewrite`, from `rewriting` |
| How does a network run without JAX? | `export` |
| How does a network answer over HTTP? | `serving` |
| How are whole experiments run? | `experiment`, and the `jaxcnn` command in `commands` |

``docs/architecture.md`` in the repository is a map of the code.
"""

from typing import TYPE_CHECKING, NoReturn

from jaxcnn import (
    architecture,
    data,
    distributed,
    doctor,
    experiment,
    explain,
    export,
    functional,
    hub,
    inference,
    layers,
    lowering,
    models,
    profiling,
    reports,
    rewriting,
    runs,
    serving,
    training,
)
from jaxcnn._support.set_up import set_up
from jaxcnn._version import __version__ as __version__
from jaxcnn.architecture import (
    backbone,
    build,
    count_parameters,
    diff,
    from_json,
    head,
    largest_within,
    summary,
    to_json,
    with_classes,
)
from jaxcnn.hub import load, pretrained, push
from jaxcnn.layers import Layer, all_layers
from jaxcnn.layers.all_layers import *
from jaxcnn.lowering import (
    fast_convolutions,
    install_fast_convolutions,
    uninstall_fast_convolutions,
)
from jaxcnn.models import load_torch_state_dict, save_torch_state_dict
from jaxcnn.reports import explore, predict_files, report
from jaxcnn.rewriting import rewrite
from jaxcnn.runs import Run
from jaxcnn.training import fine_tune, fit, fit_ensemble

__all__ = [
    "Layer",
    "Run",
    "architecture",
    "backbone",
    "build",
    "count_parameters",
    "data",
    "diff",
    "distributed",
    "doctor",
    "experiment",
    "explain",
    "explore",
    "export",
    "fast_convolutions",
    "fine_tune",
    "fit",
    "fit_ensemble",
    "from_json",
    "functional",
    "head",
    "hub",
    "inference",
    "install_fast_convolutions",
    "largest_within",
    "layers",
    "load",
    "load_torch_state_dict",
    "lowering",
    "models",
    "predict_files",
    "pretrained",
    "profiling",
    "push",
    "report",
    "reports",
    "rewrite",
    "rewriting",
    "runs",
    "save_torch_state_dict",
    "serving",
    "set_up",
    "summary",
    "to_json",
    "training",
    "uninstall_fast_convolutions",
    "with_classes",
]
__all__ += all_layers.__all__

if not TYPE_CHECKING:  # type checkers know the names that there are

    def __getattr__(name: str) -> NoReturn:
        layers.raise_no_attribute(__name__, name, __all__)
