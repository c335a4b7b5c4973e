"""Write the API pages of the site from `api.toml` and the docstrings, as reStructuredText."""

import ast
import importlib
import inspect
import re
import textwrap
import tomllib
import types
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from docs.command_help import help_page
from docs.public_names import PublicName, public_names

DOCS = Path(__file__).parent


class Group(NamedTuple):
    """Names of a package that stand on one page."""

    title: str
    page: str
    names: tuple[PublicName, ...]


class Package(NamedTuple):
    """A public package and the groups of its names."""

    name: str
    title: str
    groups: tuple[Group, ...]

    @property
    def page(self) -> str:
        """The name of its page, without a suffix."""
        return self.name.removeprefix("jaxcnn.").replace(".", "-")


def packages() -> list[Package]:
    """Read `api.toml`.

    Raises:
        ValueError: If it lists names that are not public.
    """
    tables = tomllib.loads((DOCS / "api.toml").read_text(encoding="utf-8"))["package"]
    groups = [(table["name"], names) for table in tables for names in table["groups"].values()]
    listed = [_path(package, name) for package, names in groups for name in names]
    if gone := [path for path in listed if path not in public_names()]:
        raise ValueError(f"docs/api.toml: expected public names, got {', '.join(gone)}")
    return [_package(table["name"], table["title"], table["groups"]) for table in tables]


def _path(package: str, name: str) -> str:
    return name if "." in name else f"{package}.{name}"


def _package(name: str, title: str, groups: dict[str, list[str]]) -> Package:
    def group(heading: str, names: list[str]) -> Group:
        slug = re.sub(r"\W+", "-", heading.lower())
        return Group(heading, slug, tuple(public_names()[_path(name, each)] for each in names))

    return Package(name, title, tuple(group(*item) for item in groups.items()))


def write_pages(folder: Path) -> None:
    """Write an overview, a page of tables per package, and a page per group."""
    folder.mkdir(exist_ok=True)
    pages = {"index": _overview()}
    for package in packages():
        pages[package.page] = _package_page(package)
        if len(package.groups) > 1:
            pages |= {_page(package, group): _group_page(group) for group in package.groups}
    for old in {path.stem for path in folder.glob("*.rst")} - set(pages):
        (folder / f"{old}.rst").unlink()
    for name, text in pages.items():
        _write_if_new(folder / f"{name}.rst", text)


def _write_if_new(path: Path, text: str) -> None:
    """Leave the file's time alone where nothing changed, so that Sphinx does not read it again."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _page(package: Package, group: Group) -> str:
    return f"{package.page}-{group.page}"


def _overview() -> str:
    listed = packages()
    rows = [
        (f":doc:`{package.title} <{package.page}>`", f"``{package.name}``", _intro(package.name)[0])
        for package in listed
    ]
    return "\n".join(
        [
            *_heading("API", "="),
            "Every public name of jaxcnn, by package. The layers and the functions used most are",
            "names of ``jaxcnn`` itself, too, such as `jaxcnn.Conv` and `jaxcnn.fit`.\n",
            *_table(rows),
            *_toctree(package.page for package in listed),
        ]
    )


def _package_page(package: Package) -> str:
    lines = [*_heading(package.title, "="), f".. py:module:: {package.name}\n"]
    lines += [paragraph + "\n" for paragraph in _intro(package.name)]
    if len(package.groups) == 1:
        lines.append(".. py:currentmodule:: None\n")  # entries have full names
        lines += [*_summary(package.groups[0]), *_entries(package.groups[0])]
        lines += help_page() if package.name == "jaxcnn.commands" else []
        return "\n".join(lines)
    for group in package.groups:
        lines += _heading(f":doc:`{group.title} <{_page(package, group)}>`", "-")
        lines += _summary(group)
    lines += _toctree(_page(package, group) for group in package.groups)
    return "\n".join(lines)


def _group_page(group: Group) -> str:
    return "\n".join([*_heading(group.title, "="), *_summary(group), *_entries(group)])


def _intro(module: str) -> list[str]:
    """The paragraphs of a package's docstring before its map, which is for readers of the code."""
    paragraphs = inspect.cleandoc(importlib.import_module(module).__doc__ or "").split("\n\n")
    is_map = re.compile(r"[|=]|[-*] `|.*(?:Where to look:|`_\w+`|\*\*)", re.DOTALL)
    kept = [paragraphs[0]]
    for paragraph in paragraphs[1:]:
        if is_map.match(paragraph):
            break
        kept.append(paragraph)
    return kept


def _heading(text: str, line: str) -> list[str]:
    return [text, line * len(text), ""]


def _toctree(pages: Iterator[str]) -> list[str]:
    return ["", ".. toctree::", "   :hidden:", "", *(f"   {page}" for page in pages), ""]


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    lines = [".. list-table::", "   :class: names", "   :widths: auto", ""]
    for row in rows:
        for mark, cell in zip("*" + " " * len(row), row, strict=False):
            lines.append(f"   {mark} - {cell.replace(chr(10), ' ')}")
    return [*lines, ""]


def _summary(group: Group) -> list[str]:
    rows = [(f":py:obj:`~{name.path}`", first_line(name)) for name in group.names]
    return _table(rows)


def first_line(name: PublicName) -> str:
    """The first line of an object's docstring, or of the text below a constant."""
    return (docstring(name) or str(name.object)).strip().partition("\n")[0]


def docstring(name: PublicName) -> str:
    """The text of an object: its docstring, or what stands below a constant."""
    if not _has_signature(name.object):
        return _text_below(name.path)
    if _is_foreign(name.object):
        module, own = name.object.__module__, name.path.rpartition(".")[2]
        module = "jax.nn" if module.startswith("jax.") else module
        return f"`{module}.{own}`, unchanged."
    return inspect.getdoc(name.object) or ""


def _has_signature(item: object) -> bool:
    return isinstance(item, type) or (callable(item) and not hasattr(item, "__origin__"))


def _is_foreign(item: object) -> bool:
    return not (getattr(item, "__module__", None) or "").startswith("jaxcnn")


def _entries(group: Group) -> list[str]:
    return [line for name in group.names for line in (*_entry(name), "")]


def _entry(name: PublicName) -> list[str]:
    item = name.object
    if isinstance(item, types.GenericAlias) or not _has_signature(item):
        return _constant(name)
    if _is_foreign(item):
        signature = re.sub(r"<[^<>]*>", "...", str(inspect.signature(item)))  # pyright: ignore[reportArgumentType]
        signature = re.sub(r": [^,()=]*(\([^()]*\))?[^,()=]*", "", signature.partition(" ->")[0])
        return [f".. py:function:: {name.path}{signature}", "", f"   {docstring(name)}"]
    if isinstance(item, type):
        kind = "autoexception" if issubclass(item, Exception) else "autoclass"
        bases = [] if item.__bases__ == (object,) else ["   :show-inheritance:"]
        return [f".. {kind}:: {name.path}", "   :members:", *bases]
    return [f".. autofunction:: {name.path}"]


def _constant(name: PublicName) -> list[str]:
    shown = re.sub(r"<[^<>]*>", "...", re.sub(r"\b(?:\w+\.)+(?=[A-Za-z]\w*)", "", str(name.object)))
    value = [f"   :value: {shown}"] if len(shown) < 200 else []
    text = _text_below(name.path)
    return [f".. py:data:: {name.path}", *value, "", textwrap.indent(text, "   ")]


def _text_below(path: str) -> str:
    """The string below the assignment of a constant, in the file that assigns it."""
    module, _, name = path.rpartition(".")
    body = ast.parse(inspect.getsource(importlib.import_module(module))).body
    for node, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.ImportFrom) and name in [alias.name for alias in node.names]:
            return _text_below(f"{node.module}.{name}")
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        if name in [getattr(target, "id", None) for target in targets]:
            return _text_of(following)
    return ""


def _text_of(node: ast.stmt | None) -> str:
    """The text of a statement that is a string alone, or nothing."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return inspect.cleandoc(str(node.value.value))
    return ""
