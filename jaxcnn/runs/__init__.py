"""Runs: from a config to a folder with results, weights and pictures, and back."""

from jaxcnn._support.machine import device, versions
from jaxcnn.runs._config import Config
from jaxcnn.runs._experiment import run
from jaxcnn.runs._folder import load
from jaxcnn.runs._presets import PRESETS, Preset
from jaxcnn.runs._run import Run, fit, fit_ensemble

__all__ = [
    "PRESETS",
    "Config",
    "Preset",
    "Run",
    "device",
    "fit",
    "fit_ensemble",
    "load",
    "run",
    "versions",
]
