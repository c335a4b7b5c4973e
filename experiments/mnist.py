"""Train LeNet-5 on MNIST.

    python experiments/mnist.py                      # downloads MNIST if it is not found
    python experiments/mnist.py --data-dir FOLDER    # FOLDER has mnist/

Measured results are in experiments/results/.
"""

import dataclasses

from jaxcnn.commands import run_from_command_line
from jaxcnn.experiment import Config, DatasetName


@dataclasses.dataclass(frozen=True)
class Mnist(Config):
    dataset: DatasetName = "mnist"


if __name__ == "__main__":
    run_from_command_line(Mnist, __doc__)
