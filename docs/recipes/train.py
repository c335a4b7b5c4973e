"""Train on pictures, in one process or in many: the same script, to the same result.

    python train.py pictures runs/pets                          # one process
    jaxcnn launch -n 2 --restarts 3 train.py pictures runs/pets  # two on this machine

On several machines, start it once on each, as the other files of this folder do.
"""

import argparse
from pathlib import Path

import jax

import jaxcnn


def train(pictures: Path, out: Path) -> None:
    """Train a ResNet-18, or go on from its last checkpoint, and save the run; once only.

    Args:
        pictures: A folder that contains train/<class>/ and test/<class>/, on a disk that all
            processes see.
        out: The folder of the run, on such a disk, too.
    """
    if jaxcnn.distributed.from_first(out.exists()):  # started again after its end
        if jax.process_index() == 0:
            print(f"{out} exists: there is nothing to do")
        return
    data = jaxcnn.data.image_folder(pictures, (128, 128), stream=True)
    network = jaxcnn.models.resnet18(num_classes=len(data.train.class_names))
    run = jaxcnn.fit(
        network,
        data.train,
        validation=data.test,
        epochs=30,
        batch_size=256,  # of all processes together
        checkpoints=out.with_name(f"{out.name}-checkpoints"),
    )
    run.save(out)  # in all processes; process 0 writes
    if jax.process_index() == 0:
        print(run.history[-1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    jaxcnn.set_up()  # on CPUs: cores as devices
    jaxcnn.distributed.start()  # before anything is computed
    train(options.pictures, options.out)
