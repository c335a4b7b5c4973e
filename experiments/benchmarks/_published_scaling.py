"""Compare the cost model with published speeds of training on many devices."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from jaxcnn import models
from jaxcnn.profiling import CHIPS, Chip, DeviceSpeed, EstimatedStep, estimate_training

PUBLISHED = Path(__file__).parents[1] / "results" / "scaling" / "published.json"
INPUT_SHAPE = (224, 224, 3)


class Row(NamedTuple):
    """A published speed, and the prediction of it.

    Attributes:
        table: Name of the table.
        devices: Number of devices.
        per_device: Number of images per device and step.
        published: Images per second.
        predicted: Images per second.
        is_base: Whether it is a point at which the model was calibrated.
        same_batch: Whether a device has as many images per step as at such a point.
    """

    table: str
    devices: int
    per_device: int
    published: float
    predicted: float
    is_base: bool
    same_batch: bool

    @property
    def ratio(self) -> float:
        """Predicted over published."""
        return self.predicted / self.published


def tables() -> list[dict[str, Any]]:
    return json.loads(PUBLISHED.read_text(encoding="utf-8"))["tables"]


def nodes() -> list[dict[str, Any]]:
    return json.loads(PUBLISHED.read_text(encoding="utf-8"))["nodes"]


def chip_of(table: dict[str, Any]) -> Chip:
    return dataclasses.replace(CHIPS[table["chip"]], **table.get("changes", {}))


def predict(table: dict[str, Any], point: dict[str, Any], speed: DeviceSpeed) -> EstimatedStep:
    (step,) = estimate_training(
        models.by_name(table["network"]).make(),
        INPUT_SHAPE,
        devices=point["devices"],
        chip=chip_of(table),
        batch_size=point["batch_size"],
        dtype=table["dtype"],
        gradient_dtype=table["gradient_dtype"],
        speed=speed,
        decode_rate=None,
    ).steps
    return step


def from_data_sheet(table: dict[str, Any]) -> DeviceSpeed:
    """Predict the speed of one device without any measurement."""
    network = models.by_name(table["network"]).make()
    return DeviceSpeed.of_roofline(network, INPUT_SHAPE, chip_of(table), dtype=table["dtype"])


def calibrate(table: dict[str, Any]) -> DeviceSpeed:
    """Choose the speed of a device so that the first point of a table is met, or the first two."""
    points = table["points"][: table.get("calibrate", 1)]
    speed, fixed = from_data_sheet(table), from_data_sheet(table).fixed_seconds
    for _ in range(2):  # the exposed part depends on the speed
        seconds = {
            point["batch_size"] // point["devices"]: point["batch_size"]
            / point["images_per_second"]
            - predict(table, point, speed).exposed_seconds
            for point in points
        }
        if len(points) == 2:
            speed = DeviceSpeed.measured(seconds)
        else:
            ((per_device, measured),) = seconds.items()
            speed = DeviceSpeed(fixed, (measured - fixed) / per_device)
    return speed


def compare() -> Iterator[Row]:
    """Yield all published points with their predictions."""
    for table in tables():
        speed, bases = calibrate(table), table["points"][: table.get("calibrate", 1)]
        per_device = {base["batch_size"] // base["devices"] for base in bases}
        for point in table["points"]:
            step = predict(table, point, speed)
            yield Row(
                table=table["name"],
                devices=step.devices,
                per_device=step.per_device_batch_size,
                published=point["images_per_second"],
                predicted=step.examples_per_second,
                is_base=point in bases,
                same_batch=step.per_device_batch_size in per_device,
            )


def published_table() -> str:
    """Return the comparison of scaling as a Markdown table."""
    lines = [
        "| system | devices | images per device | published images/s | predicted | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for row in compare():
        ratio = "calibrated" if row.is_base else f"{row.ratio:.2f}"
        lines.append(
            f"| {row.table} | {row.devices:,} | {row.per_device} | {row.published:,.0f} | "
            f"{row.predicted:,.0f} | {ratio} |"
        )
    return "\n".join(lines)


def chip_table() -> str:
    """Return what the data sheets say as a Markdown table."""
    lines = [
        "| chip | TFLOP/s | GB | GB/s | per node | links GB/s | network GB/s | cores | source |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for chip in CHIPS.values():
        numbers = (
            chip.flops_per_second / 1e12,
            chip.memory_bytes / 1e9,
            chip.memory_bytes_per_second / 1e9,
            chip.per_node,
            chip.link_bytes_per_second / 1e9,
            chip.network_bytes_per_second / 1e9,
        )
        cells = " | ".join(f"{number:,g}" for number in numbers)
        cores = chip.host_cores or "unknown"
        lines.append(f"| {chip.name} | {cells} | {cores} | {chip.source} |")
    return "\n".join(lines)


COUNTS = (8, 64, 512, 4096)
"""Numbers of devices for which ResNet-50 is predicted."""

SYSTEMS = {
    "h100": CHIPS["h100"],
    "h100, 100 Gbit/s": dataclasses.replace(CHIPS["h100"], network_bytes_per_second=12.5e9),
    "a100": CHIPS["a100"],
    "tpu-v4": CHIPS["tpu-v4"],
    "tpu-v5e": CHIPS["tpu-v5e"],
}


def resnet50_table() -> str:
    """Return the predicted efficiency and bottleneck of ResNet-50 as a Markdown table."""
    lines = [
        f"| images | system | {' | '.join(f'{count:,} devices' for count in COUNTS)} |",
        f"|---|---|{'---|' * len(COUNTS)}",
    ]
    for scaling, batch_size, each in (
        ("128 per device", None, 128),
        ("32,768 per step", 32_768, None),
    ):
        for name, chip in SYSTEMS.items():
            found = estimate_training(
                *(models.resnet50(), INPUT_SHAPE),
                devices=COUNTS,
                chip=chip,
                decode_rate=None,
                batch_size=batch_size,
                per_device_batch_size=each,
            )
            cells = (f"{step.efficiency:.0%}, {step.bottleneck}" for step in found.steps)
            lines.append(f"| {scaling} | {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def data_sheet_table() -> str:
    """Return the speeds of one node that follow from data sheets alone as a Markdown table."""
    lines = [
        "| chip | devices | images per device | published images/s | from the data sheet | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for node in nodes():
        step = predict(node, node["points"][0], from_data_sheet(node))
        published = node["points"][0]["images_per_second"]
        lines.append(
            f"| {node['chip']} | {step.devices} | {step.per_device_batch_size} | {published:,.0f} "
            f"| {step.examples_per_second:,.0f} | {step.examples_per_second / published:.2f} |"
        )
    return "\n".join(lines)
