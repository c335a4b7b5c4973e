"""Hash the final weights of four short trainings, to check that a refactoring changes no bit.

    python experiments/benchmarks/same_bits.py --out before.json      # on the old commit
    python experiments/benchmarks/same_bits.py --compare before.json  # on the new one

Hashes are comparable on the same machine, with the same version of JAX and two devices. The script
uses only public names, so that the same file runs on both commits; the environment variable ROOT
names the checkout to test.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

DEVICES = 2


def weights_of_experiment(script: str, *options: str) -> str:
    """Run a training script in a separate process, and hash the weights file that it writes."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        environment = os.environ | {"JAX_NUM_CPU_DEVICES": str(DEVICES), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, str(ROOT / "experiments" / script), *options, "--out", str(out)]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        return hashlib.sha256((out / "weights.safetensors").read_bytes()).hexdigest()


def weights_in_memory(variables) -> str:
    """Hash all arrays of a network together with their paths."""
    import jax
    import numpy as np

    digest = hashlib.sha256()
    for path, leaf in jax.tree_util.tree_leaves_with_path(variables):
        if not jax.numpy.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            digest.update(jax.tree_util.keystr(path).encode())
            digest.update(np.asarray(leaf).tobytes())
    return digest.hexdigest()


def network():
    """Make a network with batch norm, dropout and pooling, which shows any change of the step."""
    import jaxcnn

    return jaxcnn.Sequential(
        [
            *(jaxcnn.Conv(16, 3), jaxcnn.BatchNorm(), jaxcnn.Activation("relu")),
            *(jaxcnn.MaxPool(2), jaxcnn.Residual([jaxcnn.Conv(16, 3), jaxcnn.Activation("relu")])),
            *(jaxcnn.Flatten(), jaxcnn.Dropout(0.25), jaxcnn.Dense(10)),
        ]
    )


def ensemble() -> str:
    import jaxcnn

    train = jaxcnn.data.digits().train
    found = jaxcnn.fit_ensemble(network(), train, seeds=range(3), epochs=2, progress=False)
    return weights_in_memory([member.network.variables for member in found.members])


def streamed() -> str:
    """Train on files that are decoded meanwhile, with an odd batch, mixup and an augmentation."""
    import numpy as np
    from PIL import Image

    import jaxcnn

    with tempfile.TemporaryDirectory() as folder:
        draw = np.random.default_rng(0)
        for number in range(60):
            path = Path(folder) / "ab"[number % 2] / f"{number:02}.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(draw.integers(0, 256, (20, 24, 3), np.uint8)).save(path)
        pictures = jaxcnn.data.image_folder(folder, (16, 16), stream=True)
        net = jaxcnn.Sequential([*network().layers[:-1], jaxcnn.Dense(2)])
        augmentation = jaxcnn.data.Augmentation(flip="random", shift=2, brightness=0.2, mixup=0.2)
        run = jaxcnn.fit(
            *(net, pictures.train),
            epochs=3,
            batch_size=15,
            augmentation=augmentation,
            progress=False,
        )
        return weights_in_memory(run.network.variables)


TRAININGS = {
    "cifar10.py --dataset digits --seed 0": lambda: weights_of_experiment(
        "cifar10.py", "--dataset", "digits", "--seed", "0"
    ),
    "x_or_o.py --epochs 2": lambda: weights_of_experiment("x_or_o.py", "--epochs", "2"),
    "fit_ensemble, 3 seeds": ensemble,
    "fit, streamed": streamed,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="write the hashes as JSON")
    parser.add_argument("--compare", type=Path, help="hashes of another commit")
    arguments = parser.parse_args()
    import jax

    jax.config.update("jax_num_cpu_devices", DEVICES)
    found = {"jax": jax.__version__, "devices": DEVICES}
    for name, training in TRAININGS.items():
        found[name] = training()
        print(f"{found[name][:16]}  {name}", flush=True)
    if arguments.out:
        arguments.out.write_text(json.dumps(found, indent=1) + "\n")
    if arguments.compare:
        before = json.loads(arguments.compare.read_text())
        different = [name for name in before if before[name] != found.get(name)]
        if different:
            sys.exit(f"not the same: {', '.join(different)}")
        print("all the same bits")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT := Path(os.environ.get("ROOT", Path(__file__).parents[2]))))
    main()
