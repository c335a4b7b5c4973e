"""Which way imports point, that walls hold, and that importing does nothing else."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import jaxcnn

PACKAGE = Path(jaxcnn.__file__).parent
ROOT = PACKAGE.parent

# From the ground up; a file imports only from floors below its own, or from its own.
FLOORS = [
    "_support",
    "distributed",
    "lowering",
    "functional",
    "layers",
    "architecture",
    "models",
    "data",
    "inference",
    "runs",
    "rewriting",
    "training",
    "hub",
    "profiling",
    "explain",
    "reports",
    "doctor",
    "experiment",
    "export",
    "serving",
    "commands",
]
NO_FLAX = ["_support", "distributed", "lowering", "functional"]


def imports_of(path: Path) -> set[str]:
    """All modules and names that a file imports, at the top or inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def floor_of(name: str) -> str | None:
    """The floor that a module or name belongs to; None outside jaxcnn."""
    package, *rest = name.split(".")
    return rest[0] if package == "jaxcnn" and rest else None


@pytest.mark.parametrize("floor", FLOORS)
def test_imports_point_down(floor):
    allowed = {None, "_version", *FLOORS[: FLOORS.index(floor) + 1]}
    files = sorted((PACKAGE / floor).rglob("*.py"))
    assert files
    for path in files:
        above = {name for name in imports_of(path) if floor_of(name) not in allowed}
        assert not above, f"{path} imports from above: {above}"


def test_every_folder_is_a_floor():
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} == set(FLOORS)


def private_names(path: Path, floor: str) -> set[str]:
    """What a file takes from another floor that does not make it public."""
    return {
        name
        for name in imports_of(path)
        if floor_of(name) not in (None, floor)
        and name not in ("jaxcnn._version.__version__", f"jaxcnn.{floor_of(name)}")
        and any(part.startswith("_") for part in name.removeprefix("jaxcnn._support").split("."))
    }


@pytest.mark.parametrize("floor", [*FLOORS, "__init__.py", "experiments", "docs"])
def test_no_floor_takes_what_another_keeps_private(floor):
    place = ROOT / floor if floor in ("experiments", "docs") else PACKAGE / floor
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    assert not {path: names for path in files if (names := private_names(path, floor))}


def test_experiments_and_docs_use_what_users_have():
    for path in (path for top in ("experiments", "docs") for path in (ROOT / top).rglob("*.py")):
        assert not {name for name in imports_of(path) if floor_of(name) == "_support"}, path


def test_no_class_has_the_name_of_another():
    classes = {
        (name, getattr(module, name))
        for module in map(importlib.import_module, (f"jaxcnn.{floor}" for floor in FLOORS))
        for name in getattr(module, "__all__", ())
        if inspect.isclass(getattr(module, name))
    }
    counts = Counter(name for name, _ in classes)
    assert not {name for name, count in counts.items() if count > 1}


def test_every_room_stands_in_the_plan():
    plan = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    folders = {path.parent.relative_to(PACKAGE) for path in PACKAGE.glob("*/**/__init__.py")}
    in_order = re.findall(r"^\| `([\w/]+)/` \|", plan, flags=re.MULTILINE)
    assert [name for name in in_order if "/" not in name] == FLOORS
    assert {*in_order} == {folder.as_posix() for folder in folders}


@pytest.mark.parametrize("page", ["architecture.md", "compatibility.md"])
def test_every_file_that_a_page_names_exists(page):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    names = re.findall(r"`([\w./]+(?:\.py|\.md|\.yml|/))`", text)
    assert names
    assert not [n for n in names if not ((PACKAGE / n).exists() or (ROOT / n).exists())]


@pytest.mark.parametrize("floor", NO_FLAX)
def test_the_lowest_floors_import_no_flax(floor):
    for path in (PACKAGE / floor).rglob("*.py"):
        assert not {name for name in imports_of(path) if name.startswith("flax")}, path


IMPORT_QUIETLY = """
import socket, sys
def refuse(*arguments, **options):
    raise AssertionError("a connection was opened")
socket.socket.connect = refuse
import jax, flax.nnx, optax, chex, safetensors.numpy, tqdm  # what is ours begins here
opened = []
def audit(event, arguments):
    if event == "open" and not str(arguments[0]).endswith((".py", ".pyc", ".so")):
        opened.append(arguments[0])
sys.addaudithook(audit)
import jaxcnn
from jax._src import xla_bridge
assert not xla_bridge.backends_are_initialized(), "a backend was started"
heavy = {"matplotlib", "sklearn", "pooch", "PIL", "tyro", "torch", "grain", "simplejpeg", "onnx"}
heavy |= {"starlette", "uvicorn", "prometheus_client"}
heavy &= set(sys.modules)
assert not heavy, heavy
files = [name for name in opened if isinstance(name, str)]
assert not files, files
"""


@pytest.mark.thorough
def test_import_starts_no_backend_reads_no_file_and_opens_no_connection():
    result = subprocess.run([sys.executable, "-c", IMPORT_QUIETLY], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def public_objects():
    floors = [floor for floor in FLOORS if floor[0] != "_"]
    modules = [jaxcnn, *(importlib.import_module(f"jaxcnn.{floor}") for floor in floors)]
    return [
        pytest.param(getattr(module, name), id=f"{module.__name__}.{name}")
        for module in modules
        for name in module.__all__
    ]


@pytest.mark.parametrize("thing", public_objects())
def test_everything_public_is_documented(thing):
    documented = inspect.isclass(thing) or inspect.isroutine(thing) or inspect.ismodule(thing)
    assert not documented or (thing.__doc__ and len(thing.__doc__) > 20)
