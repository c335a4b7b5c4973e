"""`fit`: train a network in one call."""

import dataclasses
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

from flax import nnx
from jax.typing import ArrayLike

from jaxcnn.data import NOUNS, LabeledBatches, LabeledImages, PictureStatistics, takes_one_set
from jaxcnn.distributed import is_first, together
from jaxcnn.layers import Layer
from jaxcnn.runs import Run
from jaxcnn.training._epochs import OnEpoch, Training
from jaxcnn.training._plan import Plan, batch_size_of
from jaxcnn.training._plan_checks import check_functions
from jaxcnn.training._same_call import check_same_call
from jaxcnn.training._sets import as_sets, check_sets, plan_for_batches
from jaxcnn.training._setup import set_up_training
from jaxcnn.training._shared_stopping import stopping_for
from jaxcnn.training._terminal import Progress, catch_interrupt
from jaxcnn.training._traced import TracedTraining
from jaxcnn.training.checkpoints._saver import check_settings, open_saver
from jaxcnn.training.checkpoints._settings import Checkpoints, Resume


@takes_one_set
def fit(
    model: Layer | nnx.Module,
    train: LabeledImages | LabeledBatches | tuple[ArrayLike, ArrayLike],
    *,
    validation: LabeledImages | tuple[ArrayLike, ArrayLike] | None = None,
    plan: Plan | None = None,
    on_epoch: OnEpoch | None = None,
    on_step: Callable[[int], None] | None = None,
    progress: bool = True,
    held_out: str = "validation",
    checkpoints: str | os.PathLike[str] | Checkpoints | None = None,
    resume: Resume = "auto",
    extend: bool = False,
    trace: str | os.PathLike[str] | None = None,
    **options: Any,
) -> Run:
    """Train a network to classify images, or to predict numbers from them.

    The task of `train` says what its labels mean: one class per image, several classes per image,
    or numbers (a regression). The task determines the default loss. The kind of `train` says what
    the inputs are: images ``(H, W, C)``, signals ``(L, C)``, volumes ``(D, H, W, C)`` or integer
    tokens ``(L,)``.

    Before a long run, `dry_run` and `overfit_one_batch` find mistakes, and `learning_rate_range`
    finds a learning rate. `fit_ensemble` trains several networks together.

    Training is deterministic: the same arguments and number of devices, on the same machine, give
    the same bits. Each epoch visits the examples in a new random order and skips the last
    ``len(train) % batch_size`` examples of that order.

    Several devices share each batch. They train as one device does, up to rounding: batch norm uses
    the statistics of the whole batch, and dropout masks depend on an example's position in the
    batch. Custom modules that draw random numbers, or mix examples, give different results on
    different numbers of devices unless they use `jaxcnn.layers.DropoutModule` and `nnx.BatchNorm`.
    After `jaxcnn.distributed.start`, all processes call `fit` in the same way. Their devices share
    each batch, only process 0 writes, and all end after the same step.

    Args:
        model: An architecture, or any `nnx.Module` that maps inputs such as images
            ``(N, H, W, C)`` to logits ``(N, classes)``, or to predicted numbers ``(N, K)``. A
            module is not changed; the trained weights are in the result.
        train: The labeled training set: a pair of arrays ``(images, labels)``, or
            ``jaxcnn.data.Dataset(images, labels, class_names)``, which also has names, other tasks
            and kinds, and weights of examples. A `Dataset` is kept in the device's memory.
            `ImageFiles`, and the sets of other libraries that `from_sequence` takes, are read in
            the background, batch by batch. All give the same trained weights, bit for bit.
            `from_batches` takes an iterable of batches, which cannot be resumed, and has neither
            `swa_start` nor draws that are ``"balanced"``.
        validation: A labeled set on which the network is evaluated after each epoch; nothing is
            learned from it. None means no evaluation.
        plan: A `Plan` of the options below, made and checked beforehand. None means the defaults.
        on_epoch: A function called as ``on_epoch(state, logs)`` after each epoch, with the
            `TrainState` and a mapping of the epoch's metrics. If the training is cut off and
            resumed, the function is called again for the epochs after the last checkpoint. If the
            function returns True or raises `StopTraining`, training ends, and everything that was
            reached is returned. Several processes all call it.
        on_step: A function called as ``on_step(step)`` after each update, with the number of
            updates so far, such as `jaxcnn.runs.heartbeat`. A slow function slows training down. If
            it raises `StopTraining`, training ends after the step that was begun in the meantime.
        progress: Whether to print one line per epoch, and on terminals and in notebooks a
            progress bar.
        held_out: What these lines call the examples of `validation`, such as ``"test"`` for a test
            set. The metrics keep their names.
        checkpoints: A folder in which to save the whole state of the training while it runs, or
            `Checkpoints` with more settings. If a training was cut off, make the same call again:
            training goes on from the last checkpoint, and ends with the same bits. With
            checkpoints, SIGTERM ends training after a last checkpoint, with exit status 75.
        resume: Whether to go on from `checkpoints`. ``"auto"`` goes on if the folder has
            checkpoints. ``"must"`` raises an error if the folder has none. ``"never"`` raises an
            error if the folder has checkpoints.
        extend: Whether to go on from the checkpoints of the same training with fewer epochs, also
            if that training is finished. If the learning rate depends on the number of epochs, as
            by default, the result differs from that of a training begun with more epochs. A warning
            says so.
        trace: A folder for a trace of up to five steps of the first epoch by XLA's profiler, to
            open in Perfetto or XProf. None means no trace.
        **options: The options below, by name. They replace the options of the same name in `plan`.

            *Data and length of training*

            epochs (int): Number of passes over `train`. Default 10.
            batch_size (int): Examples per update of the weights. Default 128, and less for a set
                of fewer than 1,024 examples: the largest power of two, from 8, that leaves at least
                8 updates per epoch.
            normalization (Normalization): How pixels are scaled before they enter the network.
                Default: by the mean and standard deviation of `train`.
            seed (int): Seed of the initial weights, the order of examples, augmentation and
                dropout, in [0, 2**32). Default 0.

            *Loss and optimizer*

            loss: A function ``loss(logits, labels)`` that returns one loss per example. The default
                depends on the task. One class per image: softmax cross-entropy. Several classes per
                image: sigmoid cross-entropy, averaged over the classes. Regression: the mean
                squared or absolute error, as the task says. A loss with an argument ``images=None``
                gets the augmented and normalized images in training, and none in evaluations, as
                that of `distillation_from` does.
            tx: An Optax transformation, or a function that takes the number of steps in the run
                and returns one, such as
                ``lambda steps: optax.adam(optax.cosine_decay_schedule(1e-3, steps))``.
                Default: `default_optimizer`, which is SGD with momentum, or Adam for a regression.
                Both have a one-cycle learning rate.
            init_from (nnx.Module | Network | Run): A module with the weights to start from, such as
                `load_torch_state_dict` returns, built from `model`, which must then be an
                architecture. The module is not changed. Or a trained `Network` or its `Run`, whose
                normalization is then the default. Default: random weights.
            freeze: What is not trained: ``"backbone"``, all layers before the `head`, or glob
                patterns of names of arrays, such as ``("layers.0.*",)``, as for `scale_by_path`.
                Frozen weights keep their bits and need no gradients and no optimizer state. If all
                weights of a batch norm are frozen, or its statistics match a pattern, it normalizes
                by its running statistics and keeps them. A Linen module is then in eval mode.
                Dropout in frozen layers stays active. Default: all weights are trained.
            class_weights: How much each class counts in the loss: one number per class, numbers by
                class name or number (other classes count 1), or ``"balanced"``, which lets all
                classes count equally, by the weights ``N / (K * N_k)`` of scikit-learn. A batch's
                loss is then the weighted mean, ``sum(w * loss) / sum(w)``, as with PyTorch's
                ``CrossEntropyLoss(weight=)``. The weights of `Dataset.weights` are multiplied.
                With label smoothing, the whole loss of an example has the weight of its class.
                Metrics are never weighted, neither those of training nor those of evaluations.
                Default: all classes count 1.
            sampler: ``"balanced"`` draws the examples of each epoch with replacement, all classes
                equally often. The draws depend only on `seed`, epoch and position. Default: each
                epoch visits each example once.

            *Regularization*

            augmentation (Augmentation): Random changes of the training images, for images only.
                Default: none.
            label_smoothing (float): Share of each label that is spread evenly over all classes in
                training, in [0, 1). If an image can have several classes, the share is spread over
                yes and no. Default 0.

            *Precision and memory*

            dtype: The floating-point type in which the network computes during training, such as
                ``jnp.bfloat16``. The weights, their updates and the statistics of batch norm stay
                float32. Default: float32.
            accumulate_steps (int): Gradient accumulation: the number of equal micro-batches into
                which each batch is split, to save memory. The number must divide `batch_size`,
                which stays the number of examples per update. Batch norm uses the statistics of a
                micro-batch. Default 1.
            devices (int): Number of each process's devices that share each batch. Default: all. For
                a custom module with batch norm, the number must divide each (micro-)batch; the
                default is then the largest such number. `jaxcnn.set_up` turns CPU cores into
                devices.
            shard (str): ``"fsdp"`` splits weights, gradients and the state of the optimizer over
                the devices, each array along its largest axis, to save memory. Weights are gathered
                where they are used. The result is the same up to rounding. Default: each device has
                whole copies.

            *What to keep*

            ema_decay (float): Decay of an exponential moving average (EMA) of the weights, in
                [0, 1), such as 0.999. The averaged weights are evaluated and returned; the weights
                themselves stay in ``state.params``. Default: no average.
            swa_start (int): Stochastic weight averaging (SWA): number of the first epoch, from 1,
                whose weights count. The trained network has the mean of the weights after this and
                each later epoch; batch norm's statistics are computed again for these weights, in
                one more pass over `train`. Metrics in the history are those of the weights before
                averaging. Let the learning rate stay constant, as with ``tx=optax.sgd(0.05, 0.9)``:
                the default falls to 0, so that the last epochs differ little. Default: no average.
            max_steps (int): Training ends after so many updates, also within an epoch. The schedule
                of the learning rate stays that of all `epochs`. Default: no limit.
            max_seconds (float): Training ends after the first step at whose end all steps together
                took so long, without compiling and evaluation, counting those before a resumed
                checkpoint. Default: no limit.
            early_stopping (EarlyStopping): When to stop before the last epoch, with the weights of
                the best epoch. Default: never.
            metrics (dict): Custom metrics of the validation set, by name: functions
                ``metric(outputs, labels)`` of the network's outputs ``(N, K)`` for the whole set
                (logits, or predicted numbers) and its labels, as NumPy arrays. A metric returns a
                number, or one number per example, whose mean is taken. After each epoch, metric
                NAME is in the history as ``validation_NAME``, and
                ``EarlyStopping(monitor="validation_NAME", mode="max")`` can watch it. Each metric
                is tried once, with random outputs, before the training. Default: none.
            log_norms (bool): Whether to log the norms of each layer's gradients and updates, as
                `record_norms` does. Default False.

    Returns:
        A `Run`: the trained network and its history. The history has one mapping of metrics per
        epoch, with ``train_loss``, ``train_accuracy``, and the other entries that
        `jaxcnn.runs.Logs` lists. With `validation`, there are also ``validation_loss`` and
        ``validation_accuracy``. A regression has no accuracies. Ctrl-C ends training after the
        current step, and the network is returned as it is then. A second Ctrl-C raises
        KeyboardInterrupt. If training ends before the last epoch, `Run.stopped` says why; an epoch
        that `max_steps`, `max_seconds` or `StopTraining` cuts off is in the history, too. If
        `on_epoch`, `on_step` or the data raise another error, the error has the attribute `run`
        with everything that was reached.

    Raises:
        CheckpointError: If the checkpoints are damaged, or belong to another training. The message
            says what differs.
        NonFiniteLossError: If the loss or a weight becomes NaN or infinite. The error carries the
            last good state.
        ProcessError: If another process raised an error.
        OSError: If a checkpoint cannot be saved.
        TypeError: If an option is unknown, or has the wrong type.
        ValueError: If an option is out of range, or the model and the data do not fit together.

    Warns:
        UserWarning: If `validation` is the training set itself.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> data = jaxcnn.data.digits()
        >>> run = fit(net, data.train, epochs=2, progress=False)
        >>> run.history[-1]["train_accuracy"] > 0.8
        True
        >>> run.evaluate(data.test).accuracy > 0.8
        True
    """
    with together():  # an error in one process ends all of them
        settings = check_settings(checkpoints, resume, extend)
        plan = Plan.of(plan, options, function=fit)
        check_functions(on_epoch, on_step, trace, held_out)
        data, evaluated = as_sets(train, validation)
        sample = data
        if isinstance(data, LabeledBatches):
            sample, plan = data.sample, plan_for_batches(data, plan, settings)
        check_sets(model, sample, evaluated, plan)
        setup = set_up_training(model, data, plan, everywhere=True)
    mesh, writes = setup.learn.mesh, is_first()
    shown = Progress(
        plan.epochs,
        setup.steps,
        batch_size_of(setup.plan),
        progress and writes,
        noun=NOUNS[sample.kind],
        held_out=held_out,
    )
    with ExitStack() as stack:
        interrupt = stack.enter_context(catch_interrupt(terminate=settings is not None))
        bar = stack.enter_context(shown)
        bar.message("compiling the training step ...")
        started, identity = time.perf_counter(), {}
        with together():
            traced = TracedTraining.of(setup, sample, evaluated)
            if settings is not None or mesh.is_multi_process:
                identity = traced.identity()
            step, seconds_compile = traced.lowered.compile(), time.perf_counter() - started
            network = dataclasses.replace(setup.network, pictures=PictureStatistics.of(sample))
        check_same_call(identity)
        shared = f" for {mesh.size} devices" if mesh.size > 1 else ""
        bar.message(f"compiled the training step{shared} in {seconds_compile:.1f} s")
        fresh = Run(
            network, seconds_compile=seconds_compile, settings=setup.settings, state=setup.state
        )
        opened = open_saver(
            settings,
            identity,
            higher_is_better=bool(plan.early_stopping and plan.early_stopping.higher_is_better),
            begun_with=partial(traced.begun_with, model),
            extend=extend,
        )
        with together():
            saver = stack.enter_context(opened)
        training = Training(
            setup,
            step,
            evaluated,
            on_epoch,
            on_step,
            bar,
            stopping_for(mesh, interrupt, plan.max_seconds, setup.batches.example),
            saver,
            trace if writes else None,
        )
        return training.run(fresh, resume)
