"""Links of the site: names in code become links to the API, and files to where they are shown."""

# pyright: reportMissingImports=false, reportMissingModuleSource=false
# pyright: reportPrivateImportUsage=false
# Sphinx is installed for the site alone.

import inspect
import os
import pkgutil
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.python import PyObject
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.inspect import stringify_signature
from sphinx.util.typing import stringify_annotation

from docs.docstrings import for_sphinx
from docs.public_names import OTHERS, public_names, resolve

ROOT = Path(__file__).parents[1]
NAME = re.compile(r"([A-Za-z_][\w.]*)(\(.*\))?")
MODULES = {"data", "layers", "models", "runs", "training", "inference", "explain", "reports"}
log = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register all of this with Sphinx."""
    app.add_config_value("repository_url", "", "env", str)
    app.add_role("name", name_role)
    for field in PyObject.doc_field_types:
        field.label = "Attributes" if field.name == "variable" else field.label
    app.add_transform(LinkNamesOfMarkdown)
    app.add_transform(LinkFiles)
    app.connect("missing-reference", find_moved_name, priority=400)  # before intersphinx
    app.connect("env-check-consistency", check_names)
    app.connect("autodoc-process-docstring", tidy_docstring, priority=400)  # before napoleon
    app.connect("autodoc-process-signature", name_unions)
    app.connect("autodoc-skip-member", skip_bare_fields)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def package_of(env: Any) -> str:
    """The package that an API page is about."""
    module = env.ref_context.get("py:module")
    if module:
        return module
    page = env.docname.removeprefix("api/").partition("-")[0]
    return f"jaxcnn.{page}" if env.docname.startswith("api/") else "jaxcnn"


def reference(text: str, env: Any) -> nodes.Node:
    """Code, linked if it is a name that this site or one of `OTHERS` may know."""
    literal = nodes.literal(text, text, classes=["code"])
    found = NAME.fullmatch(text)
    target = resolve(found[1], package_of(env)) if found else None
    owner = env.ref_context.get("py:class")
    if target is None and owner and found:
        target = resolve(f"{owner}.{found[1]}")
    if target is None:
        warn_of_wrong_name(text, env)
        return literal
    attributes = {"refdomain": "py", "reftype": "obj", "reftarget": target, "refdoc": env.docname}
    return addnodes.pending_xref("", literal, **attributes)


def warn_of_wrong_name(text: str, env: Any) -> None:
    """Warn of ``jaxcnn.something`` that does not exist, except where old names are told."""
    if env.docname != "project/changelog" and re.fullmatch(r"jaxcnn(\.\w+)+", text):
        try:
            pkgutil.resolve_name(text)
        except (ImportError, AttributeError):
            log.warning("no such name: %s", text, location=env.docname)


def name_role(
    _role: str, _raw: str, text: str, _line: int, inliner: Any, *_: Any
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """Single backquotes in docstrings: code, and a link where it is a name."""
    text = text.replace("\\", "")
    return [reference(text, inliner.document.settings.env)], []


class LinkNamesOfMarkdown(SphinxTransform):
    """Link code on Markdown pages that is a public name: ``jaxcnn.fit``, ``fit_ensemble``."""

    default_priority = 200

    def apply(self, **_: Any) -> None:
        """Replace such code by references."""
        if Path(self.env.doc2path(self.env.docname)).suffix == ".rst":
            return
        for literal in list(self.document.findall(nodes.literal)):
            text = literal.astext()
            is_linked = isinstance(literal.parent, nodes.reference | addnodes.pending_xref)
            if not is_linked and is_plainly_a_name(text, self.env.docname):
                literal.replace_self(reference(text, self.env))


def is_plainly_a_name(text: str, page: str) -> bool:
    """Whether code in prose can hardly be anything else than a name of the API."""
    found = NAME.fullmatch(text)
    first, dot, _ = found[1].partition(".") if found else ("", "", "")
    if first == "jaxcnn" or page == "coming-from":  # which has names of other libraries
        return first == "jaxcnn"
    is_path = bool(dot) and first in {"F", "nnx", *OTHERS, *MODULES}
    return is_path or "_" in first.strip("_") or first[:1].isupper()


class LinkFiles(SphinxTransform):
    """Link files that are no pages: to the repository's site, or to a copy beside the page."""

    default_priority = 210

    def apply(self, **_: Any) -> None:
        """Point links to files and folders to `repository_url`, if it is set."""
        found = self.document.findall(nodes.Element)
        for node in [node for node in found if is_link_to_file(node)]:
            path = self.path(node)
            if path.exists() and self.env.path2doc(path) not in self.env.found_docs:
                node.replace_self(self.link(path, node))

    def path(self, node: nodes.Element) -> Path:
        """Where a link of this page leads in the repository."""
        page = Path(self.env.doc2path(self.env.docname))
        is_page = node.get("refdomain") == "doc"  # MyST has taken the suffix off
        target = f"{self.env.srcdir / node['reftarget']}.md" if is_page else node["reftarget"]
        return Path(os.path.normpath(page.parent / target))

    def link(self, path: Path, node: nodes.Element) -> list[nodes.Node]:
        """The link's text, linked if it can be."""
        if self.config.repository_url and path.is_relative_to(ROOT):
            uri = f"{self.config.repository_url}/{path.relative_to(ROOT).as_posix()}"
            return [nodes.reference("", "", *node.children, refuri=uri, internal=False)]
        if path.is_dir():
            return node.children
        target = os.path.relpath(path, Path(self.env.doc2path(self.env.docname)).parent)
        attributes = {"reftarget": target, "refdoc": self.env.docname, "refexplicit": True}
        return [addnodes.download_reference("", "", *node.children, **attributes)]


def is_link_to_file(node: nodes.Element) -> bool:
    """Whether a node is what MyST makes of links that are relative paths."""
    if isinstance(node, addnodes.download_reference):
        return True
    return isinstance(node, addnodes.pending_xref) and node.get("reftype") == "myst"


def find_moved_name(app: Sphinx, env: Any, node: Any, content: Any) -> nodes.Node | None:
    """Resolve names by any of their public paths: `jaxcnn.training.fit` is `jaxcnn.fit`.

    Names of other libraries are left to intersphinx, under the paths that these document.
    """
    if node.get("refdomain") != "py":
        return None
    target = resolve(node["reftarget"])
    if target and target.startswith("jaxcnn.") and target != node["reftarget"]:
        moved = node | {"reftarget": target}
        domain = env.domains.python_domain
        return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", target, moved, content)
    if target and not target.startswith("jaxcnn."):
        private = re.compile(r"^(flax\.nnx|optax|numpy\.random)\.[\w.]+\.([A-Z]\w*)$")
        node["reftarget"], node["reftype"] = private.sub(r"\1.\2", target), "obj"
    return None


def check_names(_app: Sphinx, env: Any) -> None:
    """Warn unless the API holds every public name and nothing else."""
    public = {name.path for name in public_names().values()}
    kinds = {"class", "data", "exception", "function"}
    found = {
        name
        for name, entry in env.domains.python_domain.objects.items()
        if entry.objtype in kinds and not entry.aliased
    }
    for name in sorted(public ^ found):
        log.warning("%s: %s", name, "not in the API" if name in public else "not public")


def tidy_docstring(
    _app: Sphinx, _what: str, _name: str, _item: Any, _: Any, lines: list[str]
) -> None:
    """Rewrite a docstring before napoleon reads it."""
    lines[:] = for_sphinx("\n".join(lines)).split("\n")


def name_unions(
    _app: Sphinx,
    _what: str,
    _name: str,
    item: Any,
    _: Any,
    signature: str | None,
    result: str | None,
) -> tuple[str | None, str | None]:
    """Write long unions by their names again, and the fields of a layer as its arguments."""
    if signature == "(*args: ~typing.Any, **kwargs: ~typing.Any)":
        found = inspect.signature(item).replace(return_annotation=inspect.Signature.empty)
        signature = stringify_signature(found, unqualified_typehints=True)
    signature = signature and re.sub(r"= <[^<>]*>", "= ...", signature)
    for path in UNIONS:
        long = stringify_annotation(pkgutil.resolve_name(path), "smart")
        signature = signature and signature.replace(long, f"~{path}")
    return signature, result


UNIONS = (
    "jax.typing.ArrayLike",
    "numpy.typing.ArrayLike",
    "jaxcnn.data.LabeledImages",
    "jaxcnn.data.ImageSource",
    "jaxcnn.functional.PaddingLike",
)


def skip_bare_fields(
    _app: Sphinx, _what: str, _name: str, item: Any, skip: bool, _: Any
) -> bool | None:
    """Leave out fields of named tuples, which the class's own text explains."""
    return True if not skip and "Alias for field number" in (item.__doc__ or "") else None
