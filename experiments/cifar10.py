"""Train a convolutional network on CIFAR-10, and save its accuracy, curves and predictions.

    python experiments/cifar10.py                        # minutes on two CPU cores
    python experiments/cifar10.py --preset standard      # more epochs, more accurate
    python experiments/cifar10.py --data-dir FOLDER      # FOLDER has cifar-10-batches-bin/

Without the data set and an internet connection, it trains on scikit-learn's digits, and says so.
Measured results are in experiments/results/.
"""

from jaxcnn.commands import run_from_command_line
from jaxcnn.experiment import Config

if __name__ == "__main__":
    run_from_command_line(Config, __doc__)
