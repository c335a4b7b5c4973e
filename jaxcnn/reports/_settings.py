"""What the run was asked to do, and what it ran on."""

from collections.abc import Iterator, Mapping
from typing import Any

from jaxcnn.reports._html import Content, Html, MissingError, definitions, element
from jaxcnn.reports._run_folder import RunFolder, augmentation_of
from jaxcnn.runs import flat


def settings(run: RunFolder) -> Content:
    """The configuration as a table; then time, device and versions."""
    if not run.config and not run.result:
        raise MissingError("the folder has neither a config.json nor a result.json.")
    return Content(
        "Everything that decides what the run does: with the same settings, versions and number "
        "of devices it gives the same network.",
        (*_configuration(run.config), *_machine(run.result)),
    )


def _configuration(config: Mapping[str, Any]) -> Iterator[Html]:
    augmentation = augmentation_of(config)
    entries = dict(flat({key: value for key, value in config.items() if key != "augmentation"}))
    used = {name: value for name, value in entries.items() if name == "seed" or not _is_off(value)}
    if augmentation is not None:
        parts = (f"{_spoken(name)} {_shown(value)}" for name, value in augmentation.items())
        used["augmentation"] = ", ".join(parts) or "none"
    off = [_spoken(name) for name in config if name in entries and name not in used]
    yield element("h3", "What was asked for")
    yield definitions((_spoken(name), _shown(value)) for name, value in used.items())
    if off:
        yield element("p", f"Off, or left to its default: {', '.join(off)}.", class_="lead")


def _machine(result: Mapping[str, Any]) -> Iterator[Html]:
    timed = {
        "epochs": "epochs",
        "steps": "steps",
        "seconds_compile": "seconds of compiling",
        "seconds_train": "seconds of training",
        "images_per_second": "training images a second",
        "test_loss": "loss of the test images",
    }
    found = [(word, _shown(result[name])) for name, word in timed.items() if name in result]
    for part in ("device", "versions"):
        if isinstance(result.get(part), dict):
            found += [(_spoken(name), _shown(value)) for name, value in result[part].items()]
    if found:
        yield element("h3", "What it took, and on what")
        yield definitions(found)


def _is_off(value: Any) -> bool:
    return value is None or value is False or value == 0 or value == "none"


def _spoken(name: str) -> str:
    return name.replace("_", " ").replace(".", ": ")


def _shown(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
        case list():
            return ", ".join(map(_shown, value))
        case _:
            return str(value)
