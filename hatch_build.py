"""Package metadata that depend on the repository's address: links for the page on an index.

The address of the files is in the environment variable JAXCNN_REPOSITORY_URL, such as
https://host/owner/name/blob/v1.0, as for the documentation site. Without it, no link is invented:
the package has no URLs, and the links of the README stay relative.
"""

import os
import re
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface


class RepositoryLinks(MetadataHookInterface):
    """The README with absolute links, and the project's URLs."""

    def update(self, metadata: dict) -> None:
        """Set the fields `readme` and `urls`."""
        files = os.environ.get("JAXCNN_REPOSITORY_URL", "").rstrip("/")
        readme = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": with_absolute_links(readme, files) if files else readme,
        }
        metadata["urls"] = project_urls(files) if files else {}


def with_absolute_links(text: str, files: str) -> str:
    """Let the relative links and pictures of a Markdown text lead to the repository's files."""
    pictures = files.replace("/blob/", "/raw/", 1)
    relative = r"(?!\w+:|#|//)"
    text = re.sub(rf"(!\[[^\]]*\]\(){relative}", rf"\g<1>{pictures}/", text)
    return re.sub(rf"((?<!\!)\[[^\]]*\]\(){relative}", rf"\g<1>{files}/", text)


def project_urls(files: str) -> dict[str, str]:
    """Return the links of the project's page on an index."""
    repository = files.partition("/blob/")[0]
    return {
        "Documentation": f"{files}/docs/index.md",
        "Repository": repository,
        "Issues": f"{repository}/issues",
        "Changelog": f"{files}/CHANGELOG.md",
    }
