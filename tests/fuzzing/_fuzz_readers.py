"""All readers that `fuzz.py` tries, with the memory that one input may take."""

from _fuzz_data import cifar_targets, csv_targets, idx_targets, images_targets
from _fuzz_hub import hub_targets
from _fuzz_runs import architecture_targets, run_targets, safetensors_targets
from _fuzz_targets import Reader

READERS: dict[str, Reader] = {
    "architecture": Reader(architecture_targets, 512),
    "run": Reader(run_targets, 512),
    "safetensors": Reader(safetensors_targets, 512),
    "hub": Reader(hub_targets, 512),
    "idx": Reader(idx_targets, 64),
    "cifar": Reader(cifar_targets, 64),
    "csv": Reader(csv_targets, 64),
    "images": Reader(images_targets, 1536 + 16),
}
