"""Training in one call."""

import dataclasses
from collections.abc import Callable
from typing import Any

from flax import nnx

from jaxcnn.data import LabeledImages, Loss
from jaxcnn.inference import Network, first_copy
from jaxcnn.layers import Layer
from jaxcnn.runs import Logs, Run
from jaxcnn.training._loop import (
    EpochResult,
    NonFiniteError,
    NonFiniteLossError,
    compile_step,
    run_epoch,
)
from jaxcnn.training._norms import recorded_norms
from jaxcnn.training._plan import Plan
from jaxcnn.training._setup import check_sets, set_up_training
from jaxcnn.training._state import TrainState
from jaxcnn.training._terminal import Progress, catch_interrupt


def fit(
    model: Layer | nnx.Module,
    train: LabeledImages,
    *,
    validation: LabeledImages | None = None,
    plan: Plan | None = None,
    on_epoch: Callable[[TrainState, Logs], None] | None = None,
    progress: bool = True,
    **options: Any,
) -> Run:
    """Train a network to classify images, or to predict numbers from them.

    What the labels of `train` mean, its ``task``, decides the loss: one class per image, several,
    or numbers (a regression). Its ``kind`` says what the inputs are: images, signals ``(L, C)``,
    volumes ``(D, H, W, C)`` or integer tokens ``(L,)``.

    What happens is a function of the arguments and the number of devices: the same seed on the
    same machine ends with the same bits. Each epoch visits the examples in a new order and leaves
    out the last ``len(train) % batch_size`` of it.

    Several devices share each batch, and train as one does up to rounding: batch norm takes the
    statistics of the whole batch, and dropout draws by an example's place in it. Custom modules
    that draw random numbers, or mix examples, give different results on different numbers of
    devices unless they use `jaxcnn.layers.DropoutModule` and
    `nnx.BatchNorm`.

    Args:
        model: An architecture, or any `nnx.Module` that maps images ``(N, H, W, C)`` to logits
            ``(N, classes)``, or to as many numbers as are to be predicted. A module is not
            changed; the trained weights are in the result.
        train: The images to learn from. A `Dataset` lives on the device; `ImageFiles` are
            decoded ahead of it, batch by batch, and train to the same bits.
        validation: Images to evaluate on after each epoch; nothing is learned from them.
        plan: Options made and checked beforehand; None: the defaults.
        on_epoch: Called as ``on_epoch(state, logs)`` after each epoch.
        progress: Show a bar on a terminal, and a line for each epoch.
        **options: The options below, by name. They replace those of `plan`.

            epochs (int): How often to go through `train`. Default 10.
            batch_size (int): Images per step. Default 128.
            tx: An Optax transformation, or a function from the run's number of steps to one, as in
                ``lambda steps: optax.adam(optax.cosine_decay_schedule(1e-3, steps))``. Default:
                `default_optimizer`: SGD with one cycle of the learning rate, or Adam for a
                regression.
            loss: ``loss(logits, labels)`` per example. Default: softmax cross-entropy, or for a
                multilabel set the mean of the labels' sigmoid cross-entropies, or for a
                regression the mean squared error (or absolute, as its task says).
            label_smoothing (float): Share of each label that is spread over all classes in
                training, or for a multilabel set over yes and no. Default 0.
            augmentation (Augmentation): How images are varied in training; for images alone.
                Default: not at all.
            normalization (Normalization): What is done to pixels. Default: by the mean and
                standard deviation of `train`.
            ema_decay (float): Decay of a running average of the weights, such as 0.999, which is
                then what is evaluated and returned (``state.params`` are the weights themselves).
                Default: none.
            early_stopping (EarlyStopping): When to end before the last epoch, and go back to the
                best one's weights. Default: never.
            accumulate_steps (int): Gradient accumulation: how many pieces of one size each batch
                is cut into, of which one at a time is in memory. `batch_size` stays the number of
                images per update; batch norm takes the statistics of a piece. Default 1.
            dtype: What the network computes in while it trains, such as ``jnp.bfloat16``; weights,
                their updates and batch norm's statistics stay float32. Default: float32.
            log_norms (bool): Log the norm of each layer's gradients and updates; see
                `record_norms`.
            init_from (nnx.Module): A module that `model`, an architecture, builds, with weights to
                begin with, as from `load_torch_state_dict`; it is not changed. Default: fresh
                weights.
            seed (int): Of the initial weights, the order of examples, augmentation and dropout.
                Default 0.
            devices (int): How many of this process's devices share each batch. Default: all. (A
                custom module with batch norm needs a number that divides `batch_size`, and by
                default takes the largest.) `jaxcnn.set_up` makes CPU cores devices.

    Returns:
        The trained network with its history. Ctrl-C ends training after the current step, with
        what was reached; a second Ctrl-C raises KeyboardInterrupt.

    Raises:
        NonFiniteLossError: If the loss becomes NaN or infinite; it carries the last good state.
        TypeError: If an option is unknown, or of the wrong type.
        ValueError: If an option is out of range, or the model and the data do not fit.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> data = jaxcnn.data.digits()
        >>> run = fit(net, data.train, epochs=2, progress=False)
        >>> run.evaluate(data.test).accuracy > 0.8
        True
    """
    plan = Plan.of(plan, options)
    check_sets(model, train, validation, plan)
    setup = set_up_training(model, train, plan)
    epochs, steps, stopping = plan.epochs, setup.steps, plan.early_stopping
    devices = setup.learn.mesh.size
    with catch_interrupt() as interrupt, Progress(epochs, steps, plan.batch_size, progress) as bar:
        bar.message("compiling the training step ...")
        step, seconds_compile = compile_step(setup.batches, setup.for_the_step(setup.state))
        shared = f" for {devices} devices" if devices > 1 else ""
        bar.message(f"compiled the training step{shared} in {seconds_compile:.1f} s")
        run = Run(
            setup.network,
            seconds_compile=seconds_compile,
            settings=setup.settings,
            state=setup.state,
        )
        best = run
        for epoch in range(epochs):
            try:
                result = run_epoch(
                    step,
                    # The step reuses the memory of its state: `run` keeps its own copy.
                    setup.for_the_step(run.state),
                    setup.batches.epoch(epoch, steps),
                    epoch=epoch,
                    progress=bar,
                    interrupt=interrupt,
                )
            except NonFiniteError as error:
                raise NonFiniteLossError(
                    run,
                    what=error.what,
                    step=epoch * steps + error.position,
                    epoch=epoch + 1,
                    learning_rate=error.learning_rate,
                ) from None
            run = _advance(run, result)
            if interrupt.requested:
                run = dataclasses.replace(run, interrupted=True)
                break
            logs = _logs(epoch, result)
            if validation is not None:
                logs |= validation_logs(run.network, validation, plan.loss, devices)
            run = dataclasses.replace(run, history=(*run.history, logs))
            bar.epoch(logs)
            if on_epoch is not None:
                on_epoch(run.state, logs)
            if stopping is not None:
                if stopping.best(run.history) == epoch:
                    best = run
                if stopping.gives_up(run.history):
                    break
    return run if stopping is None or not run.history else _restore(best, run)


def _restore(best: Run, last: Run) -> Run:
    """The last epoch's record with the best one's weights."""
    return dataclasses.replace(
        last,
        network=best.network,
        state=best.state,
        steps=best.steps,
        restored_epoch=len(best.history),
    )


def _advance(run: Run, result: EpochResult) -> Run:
    """`run` after one more epoch, or after the part of one that Ctrl-C left."""
    # One device's copy: what users go on with is computed once, not on every device.
    state = first_copy(result.state)
    return dataclasses.replace(
        run,
        network=run.network.with_variables(state.ema or state.variables),
        state=state,
        steps=int(state.step),
        seconds_train=run.seconds_train + result.seconds,
        images_seen=run.images_seen + result.images,
    )


def _logs(epoch: int, result: EpochResult) -> Logs:
    logs: dict[str, Any] = {
        "epoch": epoch + 1,
        "step": int(result.state.step),
        "train_loss": result.loss,
        **({} if result.accuracy is None else {"train_accuracy": result.accuracy}),
        "learning_rate": result.learning_rate,
        "seconds": result.seconds,
        "images_per_second": result.images / result.seconds,
    }
    return logs | recorded_norms(result.state.opt_state)


def validation_logs(
    network: Network, validation: LabeledImages, loss: Loss | None, devices: int | None
) -> Logs:
    """What an epoch's logs say of a validation set."""
    evaluation = network.evaluate(validation, loss=loss, devices=devices)
    logs: Logs = {"validation_loss": evaluation.loss}
    if evaluation.accuracy is not None:
        logs["validation_accuracy"] = evaluation.accuracy
    return logs
