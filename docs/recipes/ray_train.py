"""Ray Train: the `JaxTrainer` starts one worker per node, and joins their JAX processes.

    python ray_train.py /shared/pictures /shared/runs/pets               # two nodes of 8 GPUs
    python ray_train.py /shared/pictures /shared/runs/pets --tpu 4x4     # a TPU v6e slice

Ray 2.49 has `JaxTrainer` for TPUs, later versions have it for GPUs, too. If a worker is lost, Ray
starts all of them again, and the experiment goes on from its last checkpoint.
"""

# pyright: reportMissingImports=false
# Ray is installed where this runs.

import argparse
import math
from typing import Any

import ray
from ray.train import FailureConfig, RunConfig, ScalingConfig
from ray.train.v2.jax import JaxTrainer

CHIPS_PER_HOST = 4


def train_loop(config: dict[str, Any]) -> None:
    """Train in one worker; JAX's processes are joined already."""
    from pathlib import Path  # what needs JAX is imported here: in the driver it would take devices

    from jaxcnn.experiment import Config, run

    run(
        Config(
            dataset="folder",
            data_dir=Path(config["pictures"]),
            out=Path(config["out"]),
            stream=True,
            resume="auto",
        )
    )


def scaling(tpu: str | None) -> ScalingConfig:
    """Return how many workers there are, and what each has.

    Args:
        tpu: The topology of a TPU slice, such as ``"4x4"``; None means GPUs.
    """
    if tpu is None:
        return ScalingConfig(num_workers=2, use_gpu=True, resources_per_worker={"GPU": 8})
    chips = math.prod(map(int, tpu.split("x")))
    return ScalingConfig(
        num_workers=chips // CHIPS_PER_HOST,
        use_tpu=True,
        topology=tpu,
        accelerator_type="TPU-V6E",
        resources_per_worker={"TPU": CHIPS_PER_HOST},
    )


def main() -> None:
    """Read the command line, and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures")
    parser.add_argument("out", help="the folder of the run, on a disk that all nodes see")
    parser.add_argument("--tpu", metavar="TOPOLOGY")
    options = parser.parse_args()
    ray.init()
    trainer = JaxTrainer(
        train_loop_per_worker=train_loop,
        train_loop_config={"pictures": options.pictures, "out": options.out},
        scaling_config=scaling(options.tpu),
        run_config=RunConfig(
            name="jaxcnn",
            storage_path=f"{options.out}-ray",  # Ray's own records, which all nodes write
            failure_config=FailureConfig(max_failures=3),
        ),
    )
    trainer.fit()


if __name__ == "__main__":
    main()
