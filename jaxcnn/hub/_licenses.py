"""Identifiers of licenses, as the Hugging Face hub writes them."""

import re
from typing import Any

from jaxcnn._support.arguments import did_you_mean
from jaxcnn._support.warn import warn

LICENSES = (
    *("apache-2.0", "mit", "bsd-3-clause", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "cc0-1.0"),
    *("gpl-3.0", "openrail", "other"),
)
"""Common identifiers of licenses."""

_OTHERS = (
    *("afl-3.0", "agpl-3.0", "apple-amlr", "apple-ascl", "artistic-2.0", "bigcode-openrail-m"),
    *("bigscience-bloom-rail-1.0", "bigscience-openrail-m", "bsd", "bsd-2-clause"),
    *("bsd-3-clause-clear", "bsl-1.0", "c-uda", "cc", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0"),
    *("cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0"),
    *("cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0", "cc-by-sa-3.0", "cdla-permissive-1.0"),
    *("cdla-permissive-2.0", "cdla-sharing-1.0", "creativeml-openrail-m", "deepfloyd-if-license"),
    *("ecl-2.0", "epl-1.0", "epl-2.0", "etalab-2.0", "eupl-1.1", "eupl-1.2"),
    *("fair-noncommercial-research-license", "gemma", "gfdl", "gpl", "gpl-2.0", "grok2-community"),
    *("h-research", "intel-research", "isc", "lgpl", "lgpl-2.1", "lgpl-3.0", "lgpl-lr", "llama2"),
    *("llama3", "llama3.1", "llama3.2", "llama3.3", "llama4", "lppl-1.3c", "mpl-2.0", "ms-pl"),
    *("ncsa", "odbl", "odc-by", "ofl-1.1", "openmdw-1.0", "openmdw-1.1", "openrail++", "osl-3.0"),
    *("pddl", "postgresql", "unknown", "unlicense", "wtfpl", "zlib"),
)
"""The other identifiers of the hub's list; it grows, so that identifiers beyond it are no error.

Source: Hugging Face, *Hub documentation*, page "Licenses", August 2026.
"""

_FORM = re.compile(r"[a-z0-9][a-z0-9.+-]{1,60}")


def check_license(license: Any) -> None:
    """Raise unless a text has the form of the hub's identifiers; warn if it is none we know.

    Raises:
        TypeError: If it is not a text.
        ValueError: If it has another form.
    """
    examples = ", ".join(f"'{name}'" for name in LICENSES[:4])
    expected = f"license: expected the hub's identifier of a license, such as {examples}"
    if not isinstance(license, str):
        raise TypeError(f"{expected}, got {type(license).__name__}")
    known = (*LICENSES, *_OTHERS)
    if license in known:
        return
    got = f"{expected}, got {license!r:.80}"
    if not _FORM.fullmatch(license):
        raise ValueError(f"{got}{did_you_mean(license.lower(), known)}")
    hint = did_you_mean(license, LICENSES) or did_you_mean(license, known)
    warn(f"{got}, which the hub may refuse{hint}")
