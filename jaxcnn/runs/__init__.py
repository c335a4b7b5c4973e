"""The run folder: a trained network and how it was trained, in files that anyone can read.

| file | what is in it | written and read by |
|---|---|---|
| `architecture.json` | the layers; missing for a custom module | `_folder.py` |
| `network.json` | inputs, class names, normalization, task, usual pictures | `_network_file.py` |
| `weights.safetensors` | all arrays, by name | `_weights.py` |
| `config.json` | the settings of the run | `_run.py` |
| `metrics.jsonl`, `metrics.csv` | the metrics of each epoch, a `History` | `_history_files.py` |
| `result.json` | test results, times, versions and devices | `_run.py`, `_result_file.py` |
| `test.safetensors` | logits, labels and some images of the test set | `_saved_test_set.py` |
| `methods.json` | how convolutions were computed, if requested | `experiment/_recorded.py` |
| `manifest.json` | size and checksum of each of the files above | `_support/manifest.py` |
| `checkpoints/` | the state of the training, to resume it | `training/checkpoints/` |
| `tensorboard/` | the metrics of each epoch for TensorBoard, if requested | `_loggers.py` |
| `status.json` | how far the training has come, if an experiment wrote it | `_status.py` |
| `log.jsonl` | the commands that wrote the run, their versions, warnings and ends | `_log.py` |
| `.lock` | which process uses the folder at the moment | `_lock.py` |

`Run.save` writes a temporary folder and renames it when it is complete (`_new_folder.py`). `load`
in `_load.py` compares the files with the manifest and reads the same `Run` back. `_unfinished.py`
says in words how far a training came and how it can go on. `_list.py` finds the runs in a folder,
and `_run_list.py` is the table of them. `_repository_files.py` writes and reads a run in the two
files that a hub's repository has. The names of most files are in `_folder.py`. The names of the
metrics files are in `_history_files.py`, and those of checkpoints in `_checkpoint_numbers.py`.
`_loggers.py` sends metrics to TensorBoard, Weights & Biases and MLflow.
"""

from jaxcnn._support.machine import device, versions
from jaxcnn.runs._checkpoint_numbers import (
    CHECKPOINTS,
    STAGES,
    checkpoint_folders,
    checkpoint_numbers,
    run_checkpoints,
)
from jaxcnn.runs._folder import (
    ARCHITECTURE,
    CONFIG,
    CONVOLUTION_METHODS,
    NETWORK,
    RESULT,
    RESULT_FILES,
    claim,
    read_architecture,
)
from jaxcnn.runs._history import History
from jaxcnn.runs._history_files import (
    Logs,
    append_epoch,
    check_history,
    flat,
)
from jaxcnn.runs._list import find_runs
from jaxcnn.runs._load import Record, load, read_record
from jaxcnn.runs._lock import FolderInUseError, lock_folder
from jaxcnn.runs._log import LOG, append_log, logged_run, read_log
from jaxcnn.runs._loggers import (
    MetricLogger,
    import_mlflow,
    import_tensorboard,
    mlflow_logger,
    tensorboard_logger,
    wandb_logger,
)
from jaxcnn.runs._network_file import NetworkInterface
from jaxcnn.runs._network_of import by_name_hint, network_hint, network_of
from jaxcnn.runs._new_folder import new_folder
from jaxcnn.runs._repository_files import (
    LIBRARY,
    REPOSITORY_CONFIG,
    REPOSITORY_WEIGHTS,
    has_repository_files,
    read_repository_files,
    write_repository_files,
)
from jaxcnn.runs._run import Run
from jaxcnn.runs._run_list import ListedRun, RunList
from jaxcnn.runs._saved_test_set import SavedTestSet
from jaxcnn.runs._status import RunStatus, counted_steps, heartbeat, read_status, write_status
from jaxcnn.runs._unfinished import clear_if_only_begun, how_to_resume, steps_taken
from jaxcnn.runs._verify import Verification, VerifiedPart, verify

__all__ = [
    "ARCHITECTURE",
    "CHECKPOINTS",
    "CONFIG",
    "CONVOLUTION_METHODS",
    "LIBRARY",
    "LOG",
    "NETWORK",
    "REPOSITORY_CONFIG",
    "REPOSITORY_WEIGHTS",
    "RESULT",
    "RESULT_FILES",
    "STAGES",
    "FolderInUseError",
    "History",
    "ListedRun",
    "Logs",
    "MetricLogger",
    "NetworkInterface",
    "Record",
    "Run",
    "RunList",
    "RunStatus",
    "SavedTestSet",
    "Verification",
    "VerifiedPart",
    "append_epoch",
    "append_log",
    "by_name_hint",
    "check_history",
    "checkpoint_folders",
    "checkpoint_numbers",
    "claim",
    "clear_if_only_begun",
    "counted_steps",
    "device",
    "find_runs",
    "flat",
    "has_repository_files",
    "heartbeat",
    "how_to_resume",
    "import_mlflow",
    "import_tensorboard",
    "load",
    "lock_folder",
    "logged_run",
    "mlflow_logger",
    "network_hint",
    "network_of",
    "new_folder",
    "read_architecture",
    "read_log",
    "read_record",
    "read_repository_files",
    "read_status",
    "run_checkpoints",
    "steps_taken",
    "tensorboard_logger",
    "verify",
    "versions",
    "wandb_logger",
    "write_repository_files",
    "write_status",
]
