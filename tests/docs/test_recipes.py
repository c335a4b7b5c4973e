"""The recipes for clusters: their syntax, and that what they name exists."""

import ast
import dataclasses
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from jaxcnn.experiment import Config

FOLDER = Path(__file__).parents[2] / "docs" / "recipes"
RECIPES = sorted(FOLDER.iterdir())
PAGE = FOLDER.parent / "how-to" / "many-machines.md"
OPTIONS = {field.name for field in dataclasses.fields(Config)}


def read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def parsed(name: str) -> dict:
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load(read(name))


def shell_scripts() -> dict[str, str]:
    scripts = {path.name: read(path.name) for path in RECIPES if path.suffix == ".sh"}
    task = parsed("skypilot.yaml")
    return scripts | {"setup": task["setup"], "run": task["run"]}


def test_all_recipes_are_on_the_page():
    linked = re.findall(r"\]\(\.\./recipes/([\w.]+)\)", PAGE.read_text(encoding="utf-8"))
    assert sorted(linked) == [path.name for path in RECIPES]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_shell_scripts_can_be_parsed():
    for name, script in shell_scripts().items():
        checked = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True)
        assert checked.stderr == "", name


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_each_recipe_says_how_it_is_used(path):
    """In comments or in a docstring at its beginning."""
    text = path.read_text(encoding="utf-8")
    is_python = path.suffix == ".py"
    assert ast.get_docstring(ast.parse(text)) if is_python else "\n# " in f"\n{text}"
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_options_of_jaxcnn_train_exist(path):
    for command in re.findall(r"jaxcnn train ([^'\n]*)", path.read_text(encoding="utf-8")):
        named = re.findall(r"--([\w-]+)", command)
        assert {name.replace("-", "_") for name in named} <= OPTIONS


def test_options_of_experiments_exist():
    calls = [
        node for node in ast.walk(ast.parse(read("ray_train.py"))) if isinstance(node, ast.Call)
    ]
    configs = [call for call in calls if getattr(call.func, "id", None) == "Config"]
    assert configs
    assert {keyword.arg for call in configs for keyword in call.keywords} <= OPTIONS


def test_the_script_joins_the_others_first():
    *_, main = ast.parse(read("train.py")).body
    assert isinstance(main, ast.If)
    called = [ast.unparse(node.value) for node in main.body if isinstance(node, ast.Expr)]
    assert called[-2:] == ["jaxcnn.distributed.start()", "train(options.pictures, options.out)"]


def test_pods_of_the_jobset_find_each_other():
    jobset = parsed("jobset.yaml")
    assert (jobset["apiVersion"], jobset["kind"]) == ("jobset.x-k8s.io/v1alpha2", "JobSet")
    name, (job,) = jobset["metadata"]["name"], jobset["spec"]["replicatedJobs"]
    spec = job["template"]["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    variables = {entry["name"]: entry.get("value") for entry in container["env"]}
    (port,) = (entry["containerPort"] for entry in container["ports"])
    assert variables["JAXCNN_COORDINATOR"] == f"{name}-{job['name']}-0-0.{name}:{port}"
    assert int(variables["JAXCNN_PROCESSES"]) == spec["parallelism"] == spec["completions"]
    assert spec["completionMode"] == "Indexed"
    command = " ".join(container["command"] + container["args"])
    assert set(re.findall(r"--(\w+)", command)) <= OPTIONS


def test_skypilot_task():
    task = parsed("skypilot.yaml")
    assert set(task) == {"name", "num_nodes", "resources", "volumes", "setup", "run"}
    assert parsed("skypilot_volume.yaml")["name"] in task["volumes"].values()
    assert set(re.findall(r"\$(SKYPILOT_\w+)", task["run"])) == {
        "SKYPILOT_NODE_IPS",
        "SKYPILOT_NODE_RANK",
        "SKYPILOT_NUM_NODES",
    }
