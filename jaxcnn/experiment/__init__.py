"""Experiments: from a config to a folder of results.

`run` finds the data set that a `Config` names, trains the network of its `Preset` with a
`jaxcnn.training.Plan`, and writes the run's folder and pictures. The scripts in ``experiments/``
read a config from the command line.

- `_config`: what a run is asked to do. `_presets`: a network and how it is trained, by data set.
- `_datasets`: the data set of a config, in the shape that its network takes.
- `_run`: `run` itself.
"""

from jaxcnn.experiment._config import Config, DatasetName
from jaxcnn.experiment._presets import PRESETS, Preset
from jaxcnn.experiment._run import run

__all__ = ["PRESETS", "Config", "DatasetName", "Preset", "run"]
