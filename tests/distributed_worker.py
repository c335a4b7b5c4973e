"""One of several processes that train small networks together.

    python tests/distributed_worker.py FOLDER CASE ...

What the cases found is written to FOLDER, as JSON with the number of the process.
"""

import dataclasses
import hashlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from unittest import mock

import jax
import numpy as np
import optax
import small
from PIL import Image

import jaxcnn
from jaxcnn.data import Augmentation, from_batches, from_sequence, image_folder, stream_batches
from jaxcnn.distributed import _start, all_gather, in_lockstep
from jaxcnn.experiment import Config
from jaxcnn.experiment import run as experiment_of
from jaxcnn.runs import checkpoint_numbers
from jaxcnn.training import Checkpoints, _batches, dry_run, learning_rate_range, sgd
from jaxcnn.training._ensemble_members import MemberGroups

DROPPED = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dropout(0.5), jaxcnn.Dense(3)])


def what(run):
    """What a training has reached, as plain data."""
    state = run.state
    leaves = small.as_bits((state.variables, state.opt_state, state.ema, state.step))
    params = [np.asarray(leaf).ravel().tolist() for leaf in jax.tree.leaves(run.network.variables)]
    times = ("seconds", "images_per_second")
    return {
        "bits": hashlib.sha256(b"".join(leaves)).hexdigest(),
        "weights": [float(number) for leaf in params for number in leaf],
        "history": [{k: v for k, v in logs.items() if k not in times} for logs in run.history],
        "seconds": [logs.get("seconds") for logs in run.history],
        "steps": run.steps,
        "stopped": run.stopped,
        "interrupted": run.interrupted,
        "devices": run.settings["devices"],
    }


def error_of(train):
    """The error that a training ends by, as plain data."""
    try:
        train()
    except Exception as error:
        run = getattr(error, "run", None)
        steps = None if run is None else run.steps
        return {"kind": type(error).__name__, "text": str(error), "steps": steps}
    return {"kind": None}


def held_out():
    """A set that no number of devices divides."""
    return small.dataset(n=11, seed=1)


def plain(_):
    return what(small.quick_fit(small.LINEAR, validation=held_out()))


def normed(_):
    """Odd batches, batch norm, weights of examples, an average, and augmentation."""
    run = small.quick_fit(
        small.NORMED,
        batch_size=7,
        epochs=1,
        ema_decay=0.9,
        class_weights=(1.0, 2.0, 3.0),
        augmentation=Augmentation(flip="random", shift=1),
    )
    return what(run)


def dropped(_):
    options = {"accumulate_steps": 2, "augmentation": Augmentation(mixup=0.4), "epochs": 1}
    return what(small.quick_fit(DROPPED, **options))


def convolved(_):
    return what(small.quick_fit(small.NETWORK, epochs=1, validation=held_out()))


DENSE = jaxcnn.Sequential(
    [jaxcnn.Flatten(), jaxcnn.Dense(96), jaxcnn.Activation("relu"), jaxcnn.Dense(3)]
)
ADAM = optax.inject_hyperparams(optax.adam)(learning_rate=1e-3)  # which tells its rate
SPLIT = {"shard": "fsdp", "tx": ADAM, "ema_decay": 0.9, "accumulate_steps": 2}


def split(_):
    """The kernel of the first layer, its moments and its average are split over the devices."""
    return what(small.quick_fit(DENSE, validation=held_out(), **SPLIT))


def split_and_resumed(folder):
    """The same after two steps, from a checkpoint that process 0 wrote of what all have."""
    settings = Checkpoints(folder / "split", every_steps=2)
    small.quick_fit(DENSE, validation=held_out(), checkpoints=settings, max_steps=3, **SPLIT)
    saved = checkpoint_numbers(folder / "split")
    run = small.quick_fit(DENSE, validation=held_out(), checkpoints=settings, **SPLIT)
    return {"saved": saved, **what(run)}


def averaged(_):
    return what(small.quick_fit(small.NORMED, swa_start=1, tx=sgd(0.05)))


def members(_):
    return what_of_members(fit_members())


def fit_members(**options):
    """Train three members, which four devices of two processes share."""
    defaults = {"seeds": range(3), "epochs": 3, "batch_size": 8, "progress": False}
    defaults["validation"] = held_out()
    return jaxcnn.fit_ensemble(small.NORMED, small.dataset(), **defaults | options)


def members_terminated(folder):
    """SIGTERM arrives in process 1 while an ensemble is trained."""
    original, calls = MemberGroups.run, []

    def run(self, epoch, positions):
        calls.append(epoch)
        if jax.process_index() == 1 and len(calls) == 2:
            signal.raise_signal(signal.SIGTERM)
        return original(self, epoch, positions)

    place, code = folder / "members", None
    with mock.patch.object(MemberGroups, "run", run):
        try:
            fit_members(checkpoints=place)
        except SystemExit as error:
            code = error.code
    saved = checkpoint_numbers(place)
    found = what_of_members(fit_members(checkpoints=place, resume="must"))
    return {"code": code, "saved": saved, **found}


def what_of_members(found):
    first, *others = map(what, found.members)
    for other in others:
        first["bits"] += other["bits"]
        first["weights"] += other["weights"]
        first["history"] += other["history"]
    return first | {"devices": 4}


def pictures(folder):
    """Picture files; each process writes those of its own."""
    data, place = small.dataset(n=30), folder / str(jax.process_index()) / "pictures"
    for i, (image, label) in enumerate(zip(data.images, data.labels, strict=True)):
        path = place / "abc"[label] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[..., 0]).save(path)
    return image_folder(place, (8, 8), channels=1, stream=True)


def streamed(folder):
    sets = pictures(folder)
    return what(small.quick_fit(data=sets.train, validation=sets.test, epochs=1))


def sequence():
    data = small.dataset()
    return from_sequence(list(zip(data.images, data.labels.tolist(), strict=True)))


def shares(_):
    """How many examples a process reads in an epoch of 5 steps of 8."""
    read = []

    def stream(files, indices):
        read.append(indices.size)
        return stream_batches(files, indices)

    with mock.patch.object(_batches, "stream_batches", stream):
        run = small.quick_fit(data=sequence(), epochs=1)
    return {"read": read[-1], "steps": run.steps}


def bad_example(folder):
    """An error of the data in the sixth batch of process 1, in a training with checkpoints."""

    def stream(files, indices):
        for number, images in enumerate(stream_batches(files, indices)):
            if jax.process_index() == 1 and number == 3 and len(indices) > 1:
                raise OSError("cannot be read")
            yield images

    settings = Checkpoints(folder / "bad", every_steps=1)
    with mock.patch.object(_batches, "stream_batches", stream):
        found = error_of(lambda: small.quick_fit(data=sequence(), checkpoints=settings))
    return {"saved": checkpoint_numbers(folder / "bad"), **found}


def remove(paths):
    """Remove the files of process 1, as if its disk were gone."""
    if jax.process_index() == 1:
        for path in paths:
            os.remove(path)


def gone_examples(folder):
    """The files to train on are gone after the second step of process 1."""
    sets = pictures(folder)
    options = {"on_step": lambda step: step == 2 and remove(sets.train.paths), "epochs": 4}
    return error_of(lambda: small.quick_fit(data=sets.train, **options))


def gone_validation(folder):
    """The files to validate on are gone in process 1 before the second evaluation."""
    sets = pictures(folder)
    options = {"on_epoch": lambda *_: remove(sets.test.paths), "epochs": 4}
    return error_of(lambda: small.quick_fit(data=sets.train, validation=sets.test, **options))


def gone_few(folder):
    """The same for fewer files than there are devices, which each process reads."""
    sets = pictures(folder)
    few = sets.test.subset(range(3))
    options = {"on_epoch": lambda *_: remove(few.paths), "epochs": 4}
    return error_of(lambda: small.quick_fit(data=sets.train, validation=few, **options))


def gone_for_members(folder):
    """The files to validate an ensemble on are gone in process 1 before it begins."""
    files = pictures(folder).test
    remove(files.paths)
    return error_of(lambda: fit_members(validation=files))


def gone_average(folder):
    """The files are gone in process 1 before the pass for the statistics of averaged weights."""
    sets = pictures(folder)
    options = {"on_epoch": lambda *_: remove(sets.train.paths), "epochs": 1, "swa_start": 1}
    return error_of(lambda: small.quick_fit(small.NORMED, data=sets.train, **options))


def metric_of_one(_):
    """A metric of process 1 fails, but not when it is tried before the training."""
    calls = []

    def metric(outputs, labels):
        calls.append(len(labels))
        if jax.process_index() == 1 and len(calls) == 2:
            raise KeyError("mine")
        return outputs.mean()

    options = {"validation": held_out(), "metrics": {"mine": metric}}
    return error_of(lambda: small.quick_fit(**options))


def tried(_):
    """A dry run, which `fit` does not differ from."""
    found = dry_run(small.NORMED, small.dataset(), validation=held_out(), batch_size=8)
    return {
        "devices": found.devices,
        "losses": [found.first.loss, found.second.loss, found.evaluation.loss],
        "norms": [*found.second.gradient_norms.values()],
    }


def evaluated(_):
    """A set that the devices of all processes share, and one with fewer examples than devices."""
    network = small.quick_fit(small.NORMED, epochs=1).network
    data = held_out()
    found = network.evaluate(data, batch_size=7, everywhere=True)
    alone = network.evaluate(data, batch_size=7)
    few = network.evaluate(data.subset(np.arange(3)), everywhere=True)
    logits = network.logits(data.images, batch_size=7, everywhere=True)
    np.testing.assert_allclose(logits, network.logits(data.images, batch_size=7), rtol=1e-5)
    shape = network.predict(data.images, everywhere=True).shape
    assert shape == network.predict_proba(data.images, everywhere=True).argmax(-1).shape
    return {"together": found.to_dict(), "alone": alone.to_dict(), "few": few.examples}


def tried_otherwise(_):
    return error_of(lambda: dry_run(small.LINEAR, small.dataset(), seed=jax.process_index()))


def rates_of(**options):
    """Losses by learning rate, of six rates that four devices share."""
    defaults = {"rates": 6, "steps": 12, "batch_size": 8, "progress": False}
    return learning_rate_range(small.NORMED, small.dataset(), **defaults | options).losses


def rates(_):
    return {"losses": rates_of()}


def rates_terminated(folder):
    """SIGTERM arrives in process 1 while learning rates are compared."""
    original, calls, code = MemberGroups.run, [], None

    def run(self, epoch, positions):
        calls.append(epoch)
        if jax.process_index() == 1 and len(calls) == 2:
            signal.raise_signal(signal.SIGTERM)
        return original(self, epoch, positions)

    place = folder / "rates"
    with mock.patch.object(MemberGroups, "run", run):
        try:
            rates_of(checkpoints=place)
        except SystemExit as error:
            code = error.code
    saved = checkpoint_numbers(place)
    return {
        "code": code,
        "saved": saved,
        "losses": rates_of(checkpoints=place, resume="must"),
    }


def iterated(_):
    data = small.dataset()
    batches = [(data.images[i : i + 8], data.labels[i : i + 8]) for i in range(0, 40, 8)]
    return what(small.quick_fit(data=from_batches(batches, data.class_names), epochs=1))


def on_epoch_of_one(_):
    """A function of process 1 alone ends the training."""
    is_one = jax.process_index() == 1
    return what(small.quick_fit(epochs=9, on_epoch=lambda *_: is_one))


def error_of_one(_):
    def on_step(step):
        if jax.process_index() == 1 and step == 3:
            raise KeyError("mine")

    return error_of(lambda: small.quick_fit(on_step=on_step))


def experiment(folder):
    """A whole experiment, and once more when it is finished."""
    config = Config(dataset="digits", model="lenet5", epochs=1, out=folder / "digits")
    path = experiment_of(config)
    again = experiment_of(dataclasses.replace(config, resume="auto"))
    run = jaxcnn.load(again)
    return {
        "path": str(path),
        "accuracy": run.result["test_accuracy"],
        "epochs": len(run.history),
        "devices": run.settings["devices"],
        "problem": str(jaxcnn.runs.verify(path)),
    }


def late(_):
    return what(small.quick_fit(epochs=9, max_seconds=1e-9))


def other_items(_):
    """Process 1 has another number of items than it should, in a loop that communicates."""

    def loop(number):
        count = number if jax.process_index() == 1 else 3
        for item in in_lockstep(iter(range(count)), 3, lambda: -1):
            all_gather(item)

    return [error_of(lambda number=number: loop(number)) for number in (2, 4)]


def other_seeds(_):
    return error_of(lambda: small.quick_fit(seed=jax.process_index()))


def other_shapes(_):
    size = 9 if jax.process_index() == 1 else 8
    return error_of(lambda: small.quick_fit(validation=small.dataset(size=size, seed=1)))


def saved(folder):
    """One run folder, which process 0 writes."""
    run = small.quick_fit(epochs=1)
    run.save(folder / "run")
    return {
        "loss": run.evaluate(held_out()).loss,
        "logits": run.network.logits(held_out().images).shape,
    }


def whole(_):
    return what(long_fit(None))


def long_fit(checkpoints, **options):
    data = small.dataset()
    defaults = {"epochs": 4, "validation": held_out(), "augmentation": Augmentation(flip="random")}
    return small.quick_fit(data=data, checkpoints=checkpoints, **defaults | options)


def resumed(folder):
    """A training that is killed and goes on."""
    return what(long_fit(Checkpoints(folder / "checkpoints", every_steps=1), on_step=slowly))


def slowly(step):
    """Give those who kill processes time; and say how far the training is."""
    place = Path(os.environ.get("STEPS", os.devnull))
    if place != Path(os.devnull):
        place.with_suffix(f".{jax.process_index()}").write_text(str(step))
        time.sleep(0.05)


def cut_off(folder):
    """A training that is cut off within its second epoch."""
    return what(long_fit(Checkpoints(folder / "cut", every_steps=1), max_steps=7))


def continued(folder):
    return what(long_fit(folder / "cut", resume="must"))


def terminated(folder):
    """SIGTERM arrives in process 1."""

    def on_step(step):
        if jax.process_index() == 1 and step == 8:
            signal.raise_signal(signal.SIGTERM)

    try:
        long_fit(folder / "terminated", on_step=on_step)
    except SystemExit as error:
        code = error.code
    saved = checkpoint_numbers(folder / "terminated")
    run = long_fit(folder / "terminated", resume="must")
    return {"code": code, "saved": saved, **what(run)}


def late_reader(_):
    """Process 1 comes late to the first sum: later than gloo waits for a connection."""
    if jax.process_index() == 1:
        time.sleep(35)
    return {"numbers": all_gather(jax.process_index())}


def main(folder, names):
    _start.HEARTBEAT_SECONDS = 6
    jaxcnn.distributed.start()
    found = {}
    for name in names:
        began = time.perf_counter()
        found[name] = globals()[name](folder)
        print(f"{name} took {time.perf_counter() - began:.1f} s", flush=True)
    (folder / f"{jax.process_index()}.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
