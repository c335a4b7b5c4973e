"""Training in one call."""

import dataclasses
from collections.abc import Callable
from typing import Any

from flax import nnx
from jax.typing import DTypeLike

from jaxcnn.data import Augmentation, LabelledImages
from jaxcnn.layers import Layer
from jaxcnn.training._devices import first_copy
from jaxcnn.training._early_stopping import EarlyStopping
from jaxcnn.training._gradients import Loss
from jaxcnn.training._interrupt import catch_interrupt
from jaxcnn.training._loop import EpochResult, NonFiniteError, compile_step, run_epoch
from jaxcnn.training._network import Network, check_dataset, check_same_labels
from jaxcnn.training._normalization import Normalization
from jaxcnn.training._norms import norms as norms_of
from jaxcnn.training._optimizer import Optimizer
from jaxcnn.training._prepare import default_optimizer, prepare
from jaxcnn.training._progress import Progress
from jaxcnn.training._state import TrainState
from jaxcnn.training._trained import Logs, NonFiniteLossError, Trained


def fit(
    model: Layer | nnx.Module,
    train: LabelledImages,
    *,
    validation: LabelledImages | None = None,
    epochs: int = 10,
    batch_size: int = 128,
    tx: Optimizer = default_optimizer,
    loss: Loss | None = None,
    label_smoothing: float = 0.0,
    augmentation: Augmentation | None = None,
    normalization: Normalization | None = None,
    average: float | None = None,
    early_stopping: EarlyStopping | None = None,
    microbatches: int = 1,
    dtype: DTypeLike | None = None,
    norms: bool = False,
    initial: nnx.Module | None = None,
    seed: int = 0,
    devices: int | None = None,
    on_epoch: Callable[[TrainState, Logs], None] | None = None,
    progress: bool = True,
) -> Trained:
    """Train a classifier.

    What happens is a function of the arguments and the number of devices: the same seed on the
    same machine ends with the same bits. Each epoch visits the examples in a new order and leaves
    out the last ``len(train) % batch_size`` of it.

    Several devices share each batch, and train as one does up to rounding: batch norm takes the
    statistics of the whole batch, and dropout draws by an example's place in it. Custom
    modules that draw random numbers, or mix examples, give different results on different
    numbers of devices unless they use `jaxcnn.layers.DropoutModule` and `nnx.BatchNorm`.

    Args:
        model: an architecture, or any `nnx.Module` that maps images ``(N, H, W, C)`` to logits
            ``(N, classes)``. A module is not changed; the trained weights are in the result.
        train: the images to learn from. A `Dataset` lives on the device; `ImageFiles` are
            decoded ahead of it, batch by batch, and train to the same bits.
        validation: images to evaluate on after each epoch; nothing is learned from them.
        epochs: how often to go through `train`.
        batch_size: images a step.
        tx: an Optax transformation, or a function from the run's number of steps to one, as in
            ``lambda steps: optax.adam(optax.cosine_decay_schedule(1e-3, steps))``.
        loss: ``loss(logits, labels)`` per example; None: softmax cross-entropy, or for a
            multilabel set the mean of the labels' sigmoid cross-entropies.
        label_smoothing: share of each label that is spread over all classes in training, or for
            a multilabel set over yes and no.
        augmentation: how images are varied in training; None: not at all.
        normalization: None: by the mean and standard deviation of `train`.
        average: decay of a running average of the weights, such as 0.999, which is then what is
            evaluated and returned (``state.params`` are the weights themselves); None: none.
        early_stopping: when to end before the last epoch, and go back to the best one's weights.
        microbatches: pieces of one size to cut each batch into, of which one at a time is in
            memory; batch norm's statistics are those of a piece.
        dtype: what the network computes in while it trains, such as ``jnp.bfloat16``; weights,
            their updates and batch norm's statistics stay float32. None: float32.
        norms: log the norm of each layer's gradients and updates; see `record_norms`.
        initial: a module that `model`, an architecture, builds, with weights to begin with, as
            from `load_torch_state_dict`; it is not changed. None: fresh weights.
        seed: of the initial weights, the order of examples, augmentation and dropout.
        devices: how many of this process's devices share each batch; None: all. (A module of
            one's own with batch norm needs a number that divides `batch_size`, and None takes
            the largest.) CPU cores become devices by
            ``jax.config.update("jax_num_cpu_devices", n)`` before anything is computed.
        on_epoch: called as ``on_epoch(state, logs)`` after each epoch.
        progress: show a bar on a terminal, and a line for each epoch.

    Returns:
        The trained network with its history. Ctrl-C ends training after the current step, with
        what was reached; a second Ctrl-C raises KeyboardInterrupt.

    Raises:
        NonFiniteLossError: if the loss becomes NaN or infinite; it carries the last good state.
        ValueError: if an argument is out of range, or the model and the data do not fit.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> data = jaxcnn.data.digits()
        >>> trained = fit(net, data.train, epochs=2, progress=False)
        >>> trained.evaluate(data.test).accuracy > 0.8
        True
    """
    check_sets(train, validation, early_stopping)
    prepared = prepare(
        model,
        train,
        epochs=epochs,
        batch_size=batch_size,
        tx=tx,
        loss=loss,
        label_smoothing=label_smoothing,
        augmentation=augmentation,
        normalization=normalization,
        average=average,
        microbatches=microbatches,
        dtype=dtype,
        norms=norms,
        initial=initial,
        seed=seed,
        devices=devices,
    )
    recipe, steps = prepared.recipe, prepared.steps
    with catch_interrupt() as interrupt, Progress(epochs, steps, batch_size, progress) as bar:
        bar.message("compiling the training step ...")
        step, seconds_compile = compile_step(
            recipe, prepared.for_the_step(prepared.state), prepared.feed
        )
        shared = f" for {recipe.mesh.size} devices" if recipe.mesh.size > 1 else ""
        bar.message(f"compiled the training step{shared} in {seconds_compile:.1f} s")
        trained = Trained(
            prepared.network,
            prepared.state,
            seconds_compile=seconds_compile,
            settings=prepared.settings,
        )
        best = trained
        for epoch in range(epochs):
            try:
                result = run_epoch(
                    step,
                    # The step reuses the memory of its state: `trained` keeps its own copy.
                    prepared.for_the_step(trained.state),
                    prepared.feed.epoch(recipe, epoch, steps),
                    epoch=epoch,
                    progress=bar,
                    interrupt=interrupt,
                )
            except NonFiniteError as error:
                raise NonFiniteLossError(
                    trained,
                    what=error.what,
                    step=epoch * steps + error.position,
                    epoch=epoch + 1,
                    learning_rate=error.learning_rate,
                ) from None
            trained = _advance(trained, result)
            if interrupt.requested:
                trained = dataclasses.replace(trained, interrupted=True)
                break
            logs = _logs(epoch, result)
            if validation is not None:
                logs |= validation_logs(trained.network, validation, loss, recipe.mesh.size)
            trained = dataclasses.replace(trained, history=(*trained.history, logs))
            bar.epoch(logs)
            if on_epoch is not None:
                on_epoch(trained.state, logs)
            if early_stopping is not None:
                if early_stopping.best(trained.history) == epoch:
                    best = trained
                if early_stopping.gives_up(trained.history):
                    break
    if early_stopping is None or not trained.history:
        return trained
    return _restored(best, trained)


def check_sets(
    train: LabelledImages,
    validation: LabelledImages | None,
    early_stopping: EarlyStopping | None = None,
) -> None:
    """Raise unless the sets are such, and go together."""
    check_dataset("train", train)
    if validation is not None:
        check_dataset("validation", validation)
        _check_validation(train, validation)
    _check_early_stopping(early_stopping, validation)


def _check_validation(train: LabelledImages, validation: LabelledImages) -> None:
    if validation.input_shape != train.input_shape:
        raise ValueError(
            f"validation: expected images of shape {train.input_shape} like those of `train`, "
            f"got {validation.input_shape}"
        )
    if validation.num_classes > train.num_classes:
        raise ValueError(
            f"validation: expected at most {train.num_classes} classes like `train`, "
            f"got {validation.num_classes}"
        )
    check_same_labels("validation", validation, train.multilabel, train.num_classes)


def _check_early_stopping(
    early_stopping: EarlyStopping | None, validation: LabelledImages | None
) -> None:
    if early_stopping is None:
        return
    if not isinstance(early_stopping, EarlyStopping):
        raise TypeError(
            f"early_stopping: expected one such as EarlyStopping(patience=5), "
            f"got {early_stopping!r:.80}"
        )
    monitor = early_stopping.monitor
    if monitor.startswith("validation") and validation is None:
        raise ValueError(f"early_stopping: monitors {monitor}, but there is no validation set")


def _restored(best: Trained, last: Trained) -> Trained:
    """The last epoch's record with the best one's weights."""
    return dataclasses.replace(
        last, network=best.network, state=best.state, restored_epoch=len(best.history)
    )


def _advance(trained: Trained, result: EpochResult) -> Trained:
    """`trained` after one more epoch, or after the part of one that Ctrl-C left."""
    # One device's copy: what users go on with is computed once, not on every device.
    state = first_copy(result.state)
    return dataclasses.replace(
        trained,
        network=trained.network.with_variables(state.average or state.variables),
        state=state,
        seconds_train=trained.seconds_train + result.seconds,
        images_seen=trained.images_seen + result.images,
    )


def _logs(epoch: int, result: EpochResult) -> Logs:
    logs: dict[str, Any] = {
        "epoch": epoch + 1,
        "step": int(result.state.step),
        "train_loss": result.loss,
        "train_accuracy": result.accuracy,
        "learning_rate": result.learning_rate,
        "seconds": result.seconds,
        "images_per_second": result.images / result.seconds,
    }
    return logs | norms_of(result.state.opt_state)


def validation_logs(
    network: Network, validation: LabelledImages, loss: Loss | None, devices: int | None
) -> Logs:
    """What an epoch's logs say of a validation set."""
    evaluation = network.evaluate(validation, loss=loss, devices=devices)
    return {
        "validation_loss": evaluation.loss,
        "validation_accuracy": evaluation.accuracy,
    }
