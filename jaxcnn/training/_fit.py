"""Training in one call."""

import dataclasses
import inspect
from collections.abc import Callable
from numbers import Integral

import jax
import jax.numpy as jnp
import optax
from flax import nnx
from jax import Array
from jax.sharding import Mesh

from jaxcnn.architecture import Layer, build
from jaxcnn.data import Augmentation, Dataset, epoch_order
from jaxcnn.nn import initialize_from_data, needs_data, takes_mask
from jaxcnn.training._devices import batch_mesh, first_copy, replicate
from jaxcnn.training._interrupt import catch_interrupt
from jaxcnn.training._loop import (
    DeviceData,
    EpochResult,
    NonFiniteError,
    Recipe,
    compile_step,
    run_epoch,
)
from jaxcnn.training._losses import default_loss
from jaxcnn.training._network import Network, check_dataset, check_same_labels
from jaxcnn.training._normalization import Normalization
from jaxcnn.training._optimizer import Optimizer, one_cycle, sgd
from jaxcnn.training._progress import Progress
from jaxcnn.training._pure import purify
from jaxcnn.training._state import TrainState
from jaxcnn.training._step import Loss
from jaxcnn.training._trained import Logs, NonFiniteLossError, Trained

IMAGES_FOR_INITIALIZATION = 5_000


def default_optimizer(steps: int) -> optax.GradientTransformation:
    """SGD with Nesterov momentum 0.9, weight decay 5e-4, and one cycle of the rate up to 0.1."""
    return sgd(one_cycle(0.1, steps), weight_decay=5e-4)


def fit(
    model: Layer | nnx.Module,
    train: Dataset,
    *,
    validation: Dataset | None = None,
    epochs: int = 10,
    batch_size: int = 128,
    tx: Optimizer = default_optimizer,
    loss: Loss | None = None,
    label_smoothing: float = 0.0,
    augmentation: Augmentation | None = None,
    normalization: Normalization | None = None,
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
    statistics of the whole batch, and dropout draws by an example's place in it. A module of
    one's own draws other bits on another number of devices, if not by `jaxcnn.nn.Dropout`, and
    sees only its device's examples where it mixes some, if not by `nnx.BatchNorm`.

    Args:
        model: an architecture, or any `nnx.Module` that maps images ``(N, H, W, C)`` to logits
            ``(N, classes)``. A module is not changed; the trained weights are in the result.
        train: the images to learn from.
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
    check_dataset("train", train)
    _check_sizes(epochs=epochs, batch_size=batch_size, examples=len(train))
    if loss is not None and label_smoothing:
        raise ValueError("label_smoothing: either smooth within `loss`, or pass no loss")
    if validation is not None:
        check_dataset("validation", validation)
        _check_validation(train, validation)
    batch_mesh(devices)  # an error comes before anything that takes long
    augmentation = augmentation or Augmentation()
    steps = len(train) // batch_size
    optimizer = _optimizer(tx, epochs * steps)
    init_key, data_key, train_key = jax.random.split(jax.random.key(seed), 3)
    network = _fresh_network(model, train, normalization or Normalization.of(train), init_key)
    mesh = _mesh(devices, network, batch_size)
    recipe = Recipe(
        apply=network.apply,
        tx=optimizer,
        loss=loss or default_loss(multilabel=train.multilabel, label_smoothing=label_smoothing),
        augmentation=augmentation,
        normalization=network.normalization,
        batch_size=batch_size,
        mesh=mesh,
    )
    state = TrainState.create(network.variables, tx=recipe.tx, key=train_key)
    data = DeviceData.put(train, data_key, mesh)
    with catch_interrupt() as interrupt, Progress(epochs, steps, batch_size, progress) as bar:
        step, seconds_compile = compile_step(recipe, _for_the_step(state, mesh), data)
        shared = f" for {mesh.size} devices" if mesh.size > 1 else ""
        bar.message(f"compiled the training step{shared} in {seconds_compile:.1f} s")
        settings = {
            "training_set": train.name,
            "training_images": len(train),
            "epochs": epochs,
            "batch_size": batch_size,
            "optimizer": "default" if tx is default_optimizer else "custom",
            "loss": "cross-entropy" if loss is None else "custom",
            "label_smoothing": label_smoothing,
            **dataclasses.asdict(augmentation),
            "seed": seed,
            "devices": mesh.size,
        }
        trained = Trained(network, state, seconds_compile=seconds_compile, settings=settings)
        for epoch in range(epochs):
            # The step reuses the memory of its state, so `trained` keeps its own copy.
            state = _for_the_step(trained.state, mesh)
            try:
                result = run_epoch(
                    step,
                    state,
                    data,
                    epoch=epoch,
                    steps=steps,
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
                return dataclasses.replace(trained, interrupted=True)
            logs = _logs(epoch, result)
            if validation is not None:
                logs |= _validation_logs(trained.network, validation, loss, mesh.size)
            trained = dataclasses.replace(trained, history=(*trained.history, logs))
            bar.epoch(logs)
            if on_epoch is not None:
                on_epoch(trained.state, logs)
    return trained


def _optimizer(tx: Optimizer, steps: int) -> optax.GradientTransformation:
    if isinstance(tx, optax.GradientTransformation):
        return tx
    if not callable(tx) or "learning_rate" in inspect.signature(tx).parameters:
        raise TypeError(
            f"tx: expected an optimizer such as optax.adam(1e-3), or a function from the number "
            f"of steps to one, got {tx!r}"
        )
    return tx(steps)


def _check_sizes(*, epochs: int, batch_size: int, examples: int) -> None:
    for name, value in (("epochs", epochs), ("batch_size", batch_size)):
        if isinstance(value, bool) or not isinstance(value, Integral):
            raise TypeError(f"{name}: expected an integer, got {value!r}")
        if value < 1:
            raise ValueError(f"{name}: expected at least 1, got {value}")
    if batch_size > examples:
        raise ValueError(
            f"batch_size: expected at most the {examples} training examples, got {batch_size}"
        )


def _check_validation(train: Dataset, validation: Dataset) -> None:
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


def _fresh_network(
    model: Layer | nnx.Module, train: Dataset, normalization: Normalization, key: Array
) -> Network:
    """The untrained network, with the layers that want to see images set from some."""
    architecture = model if isinstance(model, Layer) else None
    if isinstance(model, Layer):
        build_key, sample_key = jax.random.split(key)
        module = build(model, train.input_shape, rngs=nnx.Rngs(build_key))
        if needs_data(module):
            order = epoch_order(sample_key, 0, len(train))[:IMAGES_FOR_INITIALIZATION]
            initialize_from_data(module, normalization(jnp.asarray(train.images[order])))
    elif isinstance(model, nnx.Module):
        module = model
    else:
        raise TypeError(f"model: expected an architecture or an nnx.Module, got {model!r}")
    apply, variables = purify(module)
    network = Network(
        apply,
        variables,
        normalization,
        train.input_shape,
        train.class_names,
        architecture,
        train.multilabel,
    )
    _check_outputs(network, train)
    return network


def _check_outputs(network: Network, train: Dataset) -> None:
    outputs = network.apply.output_shape(network.variables, train.input_shape)
    if outputs != (train.num_classes,):
        raise ValueError(
            f"model: expected one output for each of the {train.num_classes} classes, "
            f"but an image gives outputs of shape {outputs}"
        )


def _mesh(devices: int | None, network: Network, batch_size: int) -> Mesh:
    """The devices that `fit` was asked to use; by default as many as can share the batches."""
    mesh = batch_mesh(devices)
    if batch_size % mesh.size == 0 or takes_mask(network.module):
        return mesh
    if devices is not None:
        raise ValueError(
            f"devices: expected a number that divides the batch size, {batch_size}, because the "
            f"model has a batch norm that cannot be told of a batch's filling, got {devices}"
        )
    return batch_mesh(max(n for n in range(1, mesh.size) if batch_size % n == 0))


def _for_the_step(state: TrainState, mesh: Mesh) -> TrainState:
    """A copy of the state where the compiled step takes it."""
    copy = jax.tree.map(jnp.copy, state)
    return copy if mesh.size == 1 else replicate(mesh, copy)


def _advance(trained: Trained, result: EpochResult) -> Trained:
    """`trained` after one more epoch, or after the part of one that Ctrl-C left."""
    seconds = trained.seconds_train + result.seconds
    images = trained.images_seen + result.images
    # One device's copy: what users go on with is computed once, not on every device.
    state = first_copy(result.state)
    return dataclasses.replace(
        trained,
        network=dataclasses.replace(trained.network, variables=state.variables),
        state=state,
        seconds_train=seconds,
        images_seen=images,
    )


def _logs(epoch: int, result: EpochResult) -> Logs:
    return {
        "epoch": epoch + 1,
        "step": int(result.state.step),
        "train_loss": result.loss,
        "train_accuracy": result.accuracy,
        "learning_rate": result.learning_rate,
        "seconds": result.seconds,
        "images_per_second": result.images / result.seconds,
    }


def _validation_logs(
    network: Network, validation: Dataset, loss: Loss | None, devices: int
) -> Logs:
    evaluation = network.evaluate(validation, loss=loss, devices=devices)
    return {
        "validation_loss": evaluation.loss,
        "validation_accuracy": evaluation.accuracy,
    }
