"""Run experiments: from a config to a folder of results.

`run` loads the data set that a `Config` names, trains the network of its `Preset` with a
`jaxcnn.training.Plan`, and writes the run's folder with its plots. `jaxcnn train` and the
scripts in ``experiments/`` read a config from the command line.

- `_config`: the options of an experiment. `_presets`: networks and training options per data set.
- `_automatic`: the options that suit the user's own pictures.
- `_datasets`: loads the data set of a config in the input shape of its network.
- `_recorded`: the options in the folder of a run, as they are written and read back.
- `_compare_options`: compares them with a config before anything is computed. `_compare_files`:
  compares the files with the manifest.
- `_evaluation_set`: loads the data that a run is evaluated on.
- `_run`: `run` itself. `_texts`: what it prints. `_verify`: runs its last steps again.
"""

from jaxcnn.experiment._automatic import (
    AutomaticOption,
    AutomaticOptions,
    automatic_options,
)
from jaxcnn.experiment._config import Config, DatasetName
from jaxcnn.experiment._evaluation_set import PUBLISHED, evaluation_set
from jaxcnn.experiment._presets import PRESETS, Preset
from jaxcnn.experiment._recorded import read_options
from jaxcnn.experiment._run import run
from jaxcnn.experiment._verify import verify_run

__all__ = [
    "PRESETS",
    "PUBLISHED",
    "AutomaticOption",
    "AutomaticOptions",
    "Config",
    "DatasetName",
    "Preset",
    "automatic_options",
    "evaluation_set",
    "read_options",
    "run",
    "verify_run",
]
