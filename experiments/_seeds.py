"""Confidence intervals over several seeds, and files of results."""

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jaxcnn import training
from jaxcnn.runs import device, versions


def interval(values: Sequence[float]) -> str:
    """Format the mean of shares over seeds with its 95% interval by Student's t, in percent."""
    mean = float(np.mean(values))
    if len(values) == 1:
        return f"{mean:.1%} (one seed)"
    low, high = training.mean_interval(mean, float(np.std(values, ddof=1)), len(values))
    return f"{mean:.1%} ({low:.1%} to {high:.1%})"


def write_results(path: Path, config: Any, accuracies: Mapping[str, Sequence[float]]) -> None:
    """Write the results with the command, the versions, the device and the config, as JSON.

    Args:
        path: The file; its folder is created.
        config: The config, a dataclass.
        accuracies: One accuracy per seed, by name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    script = Path(sys.argv[0]).name
    asked = {name: value for name, value in vars(config).items() if name != "out"}
    content = {
        "command": shlex.join(["python", f"experiments/{script}", *sys.argv[1:]]),
        "versions": versions(),
        "device": device(),
        **asked,
        "accuracies": accuracies,
        "mean (95% interval)": {name: interval(found) for name, found in accuracies.items()},
    }
    path.write_text(json.dumps(content, indent=1, default=str) + "\n")
