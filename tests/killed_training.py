"""Train a small network on images of noise, with a checkpoint after each step.

    python tests/killed_training.py FOLDER

It prints a line when the training begins, and at the end a checksum of the weights.
"""

import hashlib
import sys

import small

from jaxcnn.training import Checkpoints


def train(checkpoints):
    """Return the checksum of the weights of a training that may be resumed."""
    run = small.quick_fit(small.NORMED, epochs=6, checkpoints=checkpoints, devices=1)
    return hashlib.sha256(b"".join(small.as_bits(run.network.variables))).hexdigest()


if __name__ == "__main__":
    print("begins", flush=True)
    print(train(Checkpoints(sys.argv[1], every_steps=1)))
