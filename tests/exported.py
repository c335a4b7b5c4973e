"""One small result of each class that exports, with names that HTML must escape."""

from collections import Counter
from pathlib import Path

import bright_rows
import jax.numpy as jnp
import numpy as np

import jaxcnn
from jaxcnn import explain
from jaxcnn._support.results import Result
from jaxcnn.architecture import FamilyMember, Summary, SummaryRow, diff
from jaxcnn.data import (
    ClassificationScores,
    Dataset,
    MultilabelScores,
    PictureStatistics,
    Regression,
    check,
    compare_picture,
)
from jaxcnn.doctor import Diagnosis, Finding
from jaxcnn.experiment import AutomaticOption, AutomaticOptions
from jaxcnn.explain import ClassEvidence, SanityCheck, Unit, UnitExplanation
from jaxcnn.explain.trust._robustness import Change, ChangedAccuracy
from jaxcnn.export import (
    CodeExport,
    MeasuredFile,
    OnnxExport,
    Quantization,
    StablehloExport,
    Tensor,
)
from jaxcnn.hub import PushedModel
from jaxcnn.inference import Evaluation, Origin
from jaxcnn.lowering import CompiledConvolutions, MethodTable
from jaxcnn.profiling import (
    CHIPS,
    DeviceMemory,
    DeviceSpeed,
    EstimatedStep,
    LayerTime,
    Limits,
    Profile,
    TrainingEstimate,
)
from jaxcnn.reports import (
    ComparedRun,
    Exploration,
    FilePrediction,
    PairedDifference,
    RunComparison,
)
from jaxcnn.rewriting import RewriteStep, RewrittenNetwork
from jaxcnn.runs import ListedRun, RunList, Verification, VerifiedPart
from jaxcnn.training import (
    CrossValidation,
    DryRun,
    Ensemble,
    EnsembleEvaluation,
    FineTuning,
    LayerReport,
    OverfitResult,
    Plan,
    RateRange,
    StateMemory,
    StepCheck,
    StepMemory,
)

NAME = "<script>"
NAN, INF = float("nan"), float("inf")
RNG = np.random.default_rng(0)

ROW = SummaryRow(NAME, NAME, NAME, (4, 4, 2), 20, 80, 288, 1.0, 100, 200, 128, (3, 3), (1, 1))
SUMMARY = Summary("Sequential", (4, 4, 1), (4, 4, 2), 1, "float32", (ROW, ROW), 200, 384, (3, 3))
TIMES = tuple(LayerTime(row, "Conv", 1e-6) for row in SUMMARY.rows)
LIMITS = Limits(flops_per_second=1e9, bytes_per_second=1e9)

SMALL, LARGE = (
    jaxcnn.Sequential([jaxcnn.Conv(features, 3), jaxcnn.Flatten(), jaxcnn.Dense(3)])
    for features in (2, 4)
)
DIFF = diff(SMALL, LARGE, (4, 4, 1))

LABELED = Dataset(RNG.integers(0, 255, (6, 4, 4, 1), np.uint8), np.arange(6) % 2, (NAME, "dog"))
NUMBERS = Dataset(LABELED.images, np.arange(6.0), (NAME,), task=Regression())

EVALUATION = Evaluation(0.5, 0.5, (0.2, 0.8), 10)
SCORES = Regression().scores(RNG.normal(size=(9, 2)), RNG.normal(size=(9, 2)))
HISTORY = (
    {"epoch": 1, "train_loss": 1.5, "learning_rate": 0.1, "gradient_norms": {"0": 2.0}},
    {"epoch": 2, "train_loss": NAN, "learning_rate": 0.1, "validation_loss": 1.0},
)
RUN = jaxcnn.Run(bright_rows.network(), HISTORY, settings={"model": NAME, "interval": (0.1, INF)})
STEP = StepCheck(0.1, 1.0, {NAME: NAN})
MEMORY = StepMemory(70, 50, 30, 20, 0, device=None)
STATE = StateMemory(12, 8, is_split=True)
LAYERS = (
    LayerReport(NAME, "Conv", (4, 4, 2), 20, 0.5),
    LayerReport("1", "Flatten", (32,), 0, None),
)
DRY_RUN = DryRun(
    NAME, (4, 4, 1), LAYERS, 20, MEMORY, STATE, 1, 2, 3, 4, 0.5, STEP, STEP, None, EVALUATION, 1
)

DEVICE_MEMORY = DeviceMemory(1, 2, 3, 4, 5, 6)
ESTIMATED = EstimatedStep(8, 1, 4, 0.1, 0.2, 0.3, 0.1, 0.0, 2.0, 1e6, 0.5, DEVICE_MEMORY)
SPEED = DeviceSpeed(0.1, 0.025)

CHOICES = (AutomaticOption("size", (8, 8), NAME), AutomaticOption("epochs", 5, NAME))
LISTED = ListedRun(NAME, "done", NAME, NAME, 2, 0.5, NAN, "2026-01-02T03:04:05+00:00")

DIFFERENCE = PairedDifference("accuracy", 0.1, (-0.1, 0.2), 10, 2, 1, 5, NAN)
COMPARED = ComparedRun(
    *(NAME, NAME, NAME, NAME, 0.5, (0.2, 0.8), NAN, 20, 384, 80, 2, 0.5, 100.0, (DIFFERENCE,))
)
IN_GALLERY = explain.LayerGallery(
    layer=NAME,
    title=NAME,
    image_size=(4, 4),
    field=(3, 3),
    channels=np.array([0, 2]),
    total=4,
    pictures=np.zeros((2, 3, 3, 1)),
    values=np.array([1.0, NAN]),
)

TERMS = {"inputs": jnp.array([1.0, 2.0]), "weights": jnp.array([0.5, NAN]), "bias": jnp.array(1.0)}
ONE = jnp.array(1.0)

STABLEHLO = StablehloExport(
    *(Path(NAME), Path(NAME), Tensor(NAME, "uint8", ("N", 4)), Tensor(NAME, "float32", ("N", 2))),
    *(("cpu", "tpu"), 2000),
)
FLOATS, INT8 = MeasuredFile("float32", Path(NAME), 4000), MeasuredFile("int8", Path(NAME), 1000)
GIVEN_STEP = RewriteStep("given", 0, 6, 20, 300, 0.0, 10)

VALUES: list[Result] = [
    ROW,
    TIMES[0],
    LIMITS,
    DIFF.changes[0],
    FamilyMember(SMALL, {"width": 2}, parameters=119, macs=384, receptive_field=3),
    check(LABELED).train.repeats,
    Finding(NAME, "works", ("Do nothing.",)),
    MEMORY,
    STATE,
    OverfitResult((1.0, INF), 0.5, EVALUATION, diverged=False),
    jaxcnn.data.Augmentation(shift=2, resized_crop=(0.5, 1)),
    jaxcnn.data.Preprocessing("bicubic", 0.95),
    Plan(augmentation=jaxcnn.data.Augmentation(shift=2), dtype=jnp.bfloat16),
    FineTuning(),
    Origin("timm/resnet18.a1_in1k", "0" * 40, "1" * 64),
    UnitExplanation(
        unit=Unit("0", 0, (0, 1)),
        kind="Conv",
        position=(0, 1),
        value=jnp.array(NAN),
        formula="sum",
        inside=jnp.array([True, True]),
        **TERMS,
    ),
    FilePrediction(NAME, ((NAME, 0.75),), np.array([0.75, 0.25])),
    PictureStatistics.of(LABELED),
    compare_picture(np.zeros((4, 4, 1), np.uint8), PictureStatistics.of(LABELED)),
    MethodTable({NAME: "winograd"}),
    CompiledConvolutions(Counter({NAME: 2})),
    VerifiedPart(NAME, "differs"),
    CHOICES[0],
    LISTED,
    DIFFERENCE,
    COMPARED,
    IN_GALLERY,
    CHIPS["h100"],
    Exploration(Path(NAME), 12, 9, 8, 1e-6, 2000),
    OnnxExport(Path(NAME), 18, (Tensor(NAME, "uint8", ("N", 4)),), (), 3, 2000),
    STABLEHLO,
    Tensor(NAME, "uint8", ("N", 4)),
    CodeExport(Path(NAME), *(Tensor(NAME, "uint8", ("N", 4)),) * 2, 3, 2000),
    PushedModel(f"hf://{NAME}", "0" * 40, NAME, 2000),
    FLOATS,
    GIVEN_STEP,
    SPEED,
    DEVICE_MEMORY,
    ESTIMATED,
]
"""Results that are not tables."""

TABLES: list[tuple[Result, int]] = [
    (SUMMARY, 2),
    (Profile(SUMMARY, TIMES, LIMITS, "toaster", False, 5, 2e-6, 1e-8, 0.5), 2),
    (
        TrainingEstimate(
            NAME, (4, 4, 1), 20, CHIPS["h100"], "bfloat16", SPEED, None, 80, 100, (ESTIMATED,)
        ),
        1,
    ),
    (DIFF, 1),
    (SCORES, 2),
    (EVALUATION, 1),
    (ClassificationScores(0.5, 0.5, 0.2, 0.2, NAN, 0.5), 1),
    (MultilabelScores(0.5, 0.5, 0.2, NAN), 1),
    (check(LABELED, LABELED), 4),
    (check(NUMBERS).train, 1),
    (Diagnosis((Finding(NAME, "works", ("Do <b>nothing</b>.",)),)), 1),
    (RUN, 2),
    (RUN.history, 2),
    (Verification(NAME, (VerifiedPart(NAME, "differs", NAME), VerifiedPart("a", "as saved"))), 2),
    (Ensemble((RUN, RUN), (0, 1), (0.1, 0.1), (None, 3), how=NAME), 2),
    (
        EnsembleEvaluation(
            (0.5,), (0.1,), 0.5, 0.0, (0.0, INF), 0.5, 0.0, 10, "mean squared error"
        ),
        1,
    ),
    (EnsembleEvaluation((0.5, 1.0), (0.1, 1.0), 0.7, 0.3, (0.0, 1.0), 0.5, 0.0, 10), 2),
    (CrossValidation((RUN, RUN), (EVALUATION, EVALUATION)), 2),
    (RateRange((0.1, 1.0, 10.0), (0.5, 0.2, INF), 1.0, 10), 3),
    (DRY_RUN, 2),
    (
        explain.ClassificationReport.of(
            RNG.normal(size=(20, 3)), np.arange(20) % 3, (NAME, "dog", "cow")
        ),
        3,
    ),
    (explain.reliability([[0.8, 0.2], [0.8, 0.2]], [0, 1], bins=4), 4),
    (explain.Robustness((ChangedAccuracy(Change(NAME), 0.9, (0.8, 1.0)),), 500), 1),
    (AutomaticOptions(CHOICES), 2),
    (RunList(NAME, (LISTED,)), 1),
    (RewrittenNetwork(RUN.network, (GIVEN_STEP, GIVEN_STEP), 10, 1e-4), 2),
    (Quantization(FLOATS, INT8, "accuracy", 10, None, 5), 2),
    (RunComparison((COMPARED, COMPARED), 10), 2),
    (explain.ChannelGallery((IN_GALLERY,)), 2),
    (SanityCheck((NAME, "1"), jnp.array([[0.5, 1.0], [0.0, NAN]])), 2),
    (
        ClassEvidence(
            layer=NAME,
            target=jnp.array(1),
            logit=ONE,
            features=jnp.array([0, 1]),
            places=jnp.array([[0], [1]]),
            axes=(NAME,),
            activations=TERMS["inputs"],
            weights=TERMS["weights"],
            bias=ONE,
            rest=ONE,
        ),
        2,
    ),
]
"""Tables and reports, and how many rows their tables have."""
