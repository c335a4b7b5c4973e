"""`fine_tune`: adapt a trained network to other classes in one call."""

import dataclasses
import inspect
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
import optax
from flax import nnx
from jax.typing import ArrayLike

from jaxcnn._support.leaves import matches, named_leaves
from jaxcnn.data import LabeledBatches, LabeledImages, Task, takes_one_set
from jaxcnn.distributed import is_first, together
from jaxcnn.inference import Network
from jaxcnn.layers import Layer
from jaxcnn.runs import STAGES, Logs, Run, network_of
from jaxcnn.training._epochs import OnEpoch
from jaxcnn.training._fine_tuning import FineTuning, check_options
from jaxcnn.training._fit import fit
from jaxcnn.training._freezing import BACKBONE, held_arrays
from jaxcnn.training._layer_rates import layer_wise_rates
from jaxcnn.training._learning_rates import scale_by_path
from jaxcnn.training._loop import NonFiniteLossError
from jaxcnn.training._new_head import all_but_last, with_new_head
from jaxcnn.training._plan import Plan
from jaxcnn.training._sets import as_sets, check_model_and_set, check_sets
from jaxcnn.training._state import TrainState
from jaxcnn.training._stopping import BY_CALLER
from jaxcnn.training.checkpoints._settings import Checkpoints, OtherTrainingError, Resume

_HEAD, _ALL = STAGES


@takes_one_set
def fine_tune(
    network: Network | Run,
    train: LabeledImages | LabeledBatches | tuple[ArrayLike, ArrayLike],
    *,
    validation: LabeledImages | tuple[ArrayLike, ArrayLike] | None = None,
    plan: FineTuning | None = None,
    on_epoch: OnEpoch | None = None,
    on_step: Callable[[int], None] | None = None,
    progress: bool = True,
    held_out: str = "validation",
    checkpoints: str | os.PathLike[str] | Checkpoints | None = None,
    resume: Resume = "auto",
    **options: Any,
) -> Run:
    """Fine-tune a trained network: train a new head for other classes, then all layers.

    Use it when you have few images: a network that was trained on many others needs far fewer. It
    does in one call what two calls of `fit` do:

    1. The last layer with weights is replaced by a new one for the classes of `train`. It is
       trained alone, at first. All other layers are frozen, and batch norms keep their statistics,
       so that the large first gradients of the random layer do not change them.
    2. All layers are trained, with learning rates that grow from layer to layer, from a tenth at
       the first one to the full rate at the head (`layer_wise_rates`).

    Images are normalized as the network was trained. They are augmented only if you say so, with
    ``augmentation=jaxcnn.data.Augmentation(flip="random")`` for example.

    Args:
        network: The trained network, from `pretrained`, `fit` or `load`. It is not changed. If
            `train` has its classes, in the same order, its head is kept and trained further.
        train: The labeled training set, as `fit` takes it. Its classes can be others than those of
            the network, and its labels can be of another task. Its images can be of another size
            if the network pools over all positions before its dense layers.
        validation: A labeled set on which the network is evaluated after each epoch; nothing is
            learned from it. None means no evaluation.
        plan: The options of both stages, to print or to change beforehand. None means the defaults
            of `FineTuning`.
        on_epoch: A function called as ``on_epoch(state, logs)`` after each epoch of both stages, as
            by `fit`. If it returns True or raises `StopTraining`, no other stage follows.
        on_step: A function of the number of updates so far, called after each step.
        progress: Whether to print one line per epoch.
        held_out: The word for `validation` in what is printed, such as ``"test"``.
        checkpoints: A folder in which both stages save checkpoints, in folders of their own, or
            `Checkpoints` with more settings. If the training was cut off, make the same call again.
        resume: Whether to go on from `checkpoints`: ``"auto"``, ``"must"`` or ``"never"``, as for
            `fit`.
        **options: Options by name, which replace those of `plan`: `head_epochs` (default 5),
            `epochs` of all layers (default 15), `first_rate` (default 0.1), and the options of
            `fit`, for both stages. `FineTuning.having` says which are for the second stage only.

    Returns:
        A `Run`: the fine-tuned network, with the history of both stages, whose epochs count on.
        Its `Network.origin` is that of `network`.
        Times and steps are sums; `state` is that of the second stage. If Ctrl-C ends the first
        stage, the run is what was reached by then.

    Raises:
        TypeError: If `network` is neither a trained network nor a run, or an option is unknown or
            has the wrong type.
        ValueError: If the network was trained as a module, has no layer that can be replaced, or
            does not fit `train`; or an option is out of range.

    Example:
        >>> import jaxcnn
        >>> data = jaxcnn.data.digits().train
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(16), jaxcnn.Dense(10)])
        >>> known = jaxcnn.fit(net, data.take(200), epochs=1, progress=False)
        >>> is_even = [label % 2 for label in data.labels[:200]]
        >>> few = jaxcnn.data.Dataset(data.images[:200], is_even, ["odd", "even"])
        >>> run = fine_tune(known, few, head_epochs=1, epochs=1, progress=False)
        >>> run.class_names, [logs["epoch"] for logs in run.history]
        (('odd', 'even'), [1, 2])

    Source: Howard and Ruder 2018, *Universal Language Model Fine-tuning for Text Classification*;
    `fine_tune` of fastai trains in the same two stages.
    """
    with together():  # an error in one process ends all of them
        known = network_of(network)
        tuning = _tuning(plan, options)
        data, evaluated = as_sets(train, validation)
        sample = data.sample if isinstance(data, LabeledBatches) else data
        check_model_and_set(known.architecture or known.module, sample)
        key = jax.random.key(tuning.head.seed)
        architecture, module = with_new_head(known, sample, key)
        # Also the second stage, before the first one takes time.
        check_sets(architecture, sample, evaluated, tuning.all)
        plan_of_head = tuning.head
        if plan_of_head.freeze == BACKBONE:
            # Before the last layer, the head can have others, as in VGG, with trained weights.
            plan_of_head = plan_of_head.having(freeze=all_but_last(architecture, module, sample))
        rates = layer_wise_rates(architecture, sample.input_shape, first_rate=tuning.first_rate)
        plan_of_all = _with_rates(tuning.all, rates, module, sample.task)
    calls = {"on_epoch": on_epoch, "on_step": on_step}
    options = {"validation": evaluated, "progress": progress, "held_out": held_out}
    stages = _Stages(known, data, options, checkpoints, resume)
    head = stages.fit(_HEAD, architecture, module, plan_of_head, **calls)
    if head.interrupted or head.stopped in BY_CALLER:
        return head
    later = _counting_on(head, on_epoch, on_step)
    try:
        run = stages.fit(_ALL, architecture, head.network.module, plan_of_all, **later)
    except NonFiniteLossError as error:
        error.run = _joined(head, stages.named(error.run))
        error.step, error.epoch = error.step + head.steps, error.epoch + len(head.history)
        raise
    return _joined(head, run)


def _tuning(plan: FineTuning | None, options: dict[str, Any]) -> FineTuning:
    if plan is not None and not isinstance(plan, FineTuning):
        hint = " (FineTuning().having(...) takes options of both stages)" * isinstance(plan, Plan)
        raise TypeError(f"plan: expected a FineTuning, got {plan!r:.80}{hint}")
    parameters = inspect.signature(fine_tune).parameters.values()
    own = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
    check_options(options, own)
    return (plan or FineTuning()).having(**options)


@dataclasses.dataclass(frozen=True)
class _Stages:
    """The arguments that both stages of a fine-tuning have in common."""

    known: Network
    train: Any
    options: Mapping[str, Any]
    checkpoints: str | os.PathLike[str] | Checkpoints | None
    resume: Resume

    def fit(
        self, stage: str, architecture: Layer, module: nnx.Module, plan: Plan, **calls: Any
    ) -> Run:
        """Train in one stage, from the weights of a module."""
        if self.options["progress"] and is_first():
            print({_HEAD: "training the head ...", _ALL: "training all layers ..."}[stage])
        normalization = plan.normalization or self.known.normalization
        with _without_extend(stage):
            run = fit(
                architecture,
                self.train,
                plan=plan.having(init_from=module, normalization=normalization),
                checkpoints=self._checkpoints(stage),
                # Whoever goes on may have been cut off in the first stage.
                resume="auto" if self.resume == "must" and stage == _ALL else self.resume,
                **self.options,
                **calls,
            )
        return self.named(run)

    def named(self, run: Run) -> Run:
        """Return a run whose network names the origin of the weights that it began with."""
        network = dataclasses.replace(run.network, origin=self.known.origin)
        return dataclasses.replace(run, network=network)

    def _checkpoints(self, stage: str) -> Checkpoints | None:
        given = self.checkpoints
        if given is None:
            return None
        settings = given if isinstance(given, Checkpoints) else Checkpoints(given)
        return dataclasses.replace(settings, folder=Path(settings.folder) / stage)


@contextmanager
def _without_extend(stage: str) -> Iterator[None]:
    """Let an error about other checkpoints name the option of the stage, and advise no `extend`."""
    try:
        yield
    except OtherTrainingError as error:
        hint = "; a fine-tuning has the epochs it began with" if error.hint else ""
        prefix = "head_" if stage == _HEAD else ""
        different = [prefix * each.startswith("epochs: ") + each for each in error.differences]
        raise OtherTrainingError(error.folder, different, hint) from None


def _with_rates(plan: Plan, rates: dict[str, float], module: nnx.Module, task: Task) -> Plan:
    """Return a plan whose optimizer has a learning rate factor per layer that is trained."""
    held = held_arrays(plan.freeze, module)
    trained = held.trained(nnx.state(module, nnx.Param))
    found = {match for name, _ in named_leaves(trained) for match in matches(name, rates)}
    kept = {pattern: rate for pattern, rate in rates.items() if pattern in found}

    def tx(steps: int) -> optax.GradientTransformation:
        return scale_by_path(plan.optimizer(steps, task), kept)

    return plan.having(tx=tx)


def _counting_on(
    head: Run, on_epoch: OnEpoch | None, on_step: Callable[[int], None] | None
) -> dict[str, Any]:
    """Return the functions to call in the second stage, which count from the end of the first."""

    def after_epoch(state: TrainState, logs: Logs) -> object:
        assert on_epoch is not None  # or this is not called
        return on_epoch(state, _later(logs, head))

    def after_step(step: int) -> object:
        assert on_step is not None
        return on_step(step + head.steps)

    return {
        "on_epoch": None if on_epoch is None else after_epoch,
        "on_step": None if on_step is None else after_step,
    }


def _later(logs: Logs, head: Run) -> Logs:
    """Return the metrics of an epoch of the second stage, counted from the start of the first."""
    counts = {"epoch": len(head.history), "step": head.steps}
    return Logs({**logs, **{name: logs[name] + n for name, n in counts.items() if name in logs}})


def _joined(head: Run, run: Run) -> Run:
    """Return the run of the second stage with the history of both."""
    before = len(head.history)
    history = (*head.history, *(_later(logs, head) for logs in run.history))
    restored = None if run.restored_epoch is None else run.restored_epoch + before
    sums = ("steps", "seconds_compile", "seconds_train", "images_seen")
    return dataclasses.replace(
        run,
        history=history,
        restored_epoch=restored,
        settings={**run.settings, "head": head.settings},
        **{name: getattr(head, name) + getattr(run, name) for name in sums},
    )
