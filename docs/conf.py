"""Settings of the documentation site, which `make site` builds with Sphinx.

JAX, Flax, Optax and NumPy build theirs with Sphinx, too. Its extensions autodoc and napoleon read
our docstrings and types, intersphinx links names to those four sites, and MyST reads the
Markdown pages unchanged. The theme, Furo, is light or dark like the reader's system and fits a
phone. The site needs no server: it opens from the disk, and its search works there.
"""

import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jaxcnn  # noqa: E402
from docs import api_pages, networks, repository_pages  # noqa: E402

api_pages.write_pages(ROOT / "docs" / "api")
repository_pages.write_pages()
networks.write_pages(ROOT / "docs" / "networks.markdown")

project = "jaxcnn"
author = "the authors of jaxcnn"
copyright = author
release = version = jaxcnn.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.intersphinx",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
    "docs.sphinx_links",
]
source_suffix = {".rst": "restructuredtext", ".md": "markdown", ".markdown": "markdown"}
exclude_patterns = ["guides/README.md"]
suppress_warnings = ["myst.header"]  # headings of the guides and results begin where they like

# Docstrings: Google's sections, names in single backquotes, types from the signatures.
default_role = "name"
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_attr_annotations = False  # the signature has the types
napoleon_custom_sections = ["Source"]
autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
python_display_short_literal_types = True
python_maximum_signature_line_length = 72
toc_object_entries_show_parents = "hide"

# Markdown: anchors as on GitHub, and formulas.
myst_heading_anchors = 4
myst_enable_extensions = ["dollarmath", "colon_fence"]

# Sites that names of other libraries link to. Without a network, or with JAXCNN_OFFLINE=1, such
# names are plain text.
_SITES = {
    "python": "https://docs.python.org/3/",
    "numpy": "https://numpy.org/doc/stable/",
    "jax": "https://docs.jax.dev/en/latest/",
    "flax": "https://flax.readthedocs.io/en/latest/",
    "optax": "https://optax.readthedocs.io/en/latest/",
}


def _is_reachable(site: str) -> bool:
    try:
        with urllib.request.urlopen(f"{site}objects.inv", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


_is_online = not os.environ.get("JAXCNN_OFFLINE") and _is_reachable(_SITES["python"])
intersphinx_mapping = {
    name: (site, None) for name, site in _SITES.items() if _is_online and _is_reachable(site)
}

html_theme = "furo"
html_title = f"jaxcnn {release}"
html_static_path = ["_static"]
html_extra_path = [str(networks.FOLDER / networks.SITE)]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
highlight_language = "text"
pygments_style = "default"
pygments_dark_style = "github-dark"

# Where files that are no pages are shown, such as tests: https://host/owner/name/blob/branch
repository_url = os.environ.get("JAXCNN_REPOSITORY_URL", "")
