"""Runs: from a config to a folder with results, weights and pictures, and back."""

from jaxcnn._support.machine import device, versions
from jaxcnn.runs._config import Config
from jaxcnn.runs._diagnosis import Diagnosis, Finding
from jaxcnn.runs._doctor import examine
from jaxcnn.runs._experiment import run
from jaxcnn.runs._folder import load
from jaxcnn.runs._presets import PRESETS, Preset
from jaxcnn.runs._run import Run, fit, fit_ensemble
from jaxcnn.runs.page import report
from jaxcnn.runs.predicting import FilePrediction, predict_files

__all__ = [
    "PRESETS",
    "Config",
    "Diagnosis",
    "FilePrediction",
    "Finding",
    "Preset",
    "Run",
    "device",
    "examine",
    "fit",
    "fit_ensemble",
    "load",
    "predict_files",
    "report",
    "run",
    "versions",
]
