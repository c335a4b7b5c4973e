"""Our docstrings as Sphinx reads them: formulas, options and several results in its markup."""

import re

SECTION = re.compile(r"^(?:Args|Attributes|Example|Raises|Returns|Source|Yields):", re.MULTILINE)
FORMULA = re.compile(r"(?<=\n\n)(?<!::\n\n)((?: {4,}\S.*\n?)+)")
OPTIONS = re.compile(r"(?<=\n\n)(?: {8}\w+(?: \([^)\n]*\))?: .*\n(?: {12}.*\n)*)+")
RESULTS = re.compile(r"^Returns:\n((?: {4}\w+: .*\n?(?: {5,}.*\n?)*){2,})(?=\n|\Z)", re.MULTILINE)


def for_sphinx(text: str) -> str:
    """Rewrite a docstring: Google's sections, names in backquotes, formulas indented."""
    first = SECTION.search(text)
    start = first.start() if first else len(text)
    # Formulas stand before the sections. An indented block would be a quotation.
    text = FORMULA.sub(r"::\n\n\1", text[:start]) + text[start:]
    text = OPTIONS.sub(lambda found: _as_list(found.group(), " " * 8), text)
    text = RESULTS.sub(lambda found: _several(found[1]), text)
    return re.sub(r"^Source: ", "**Source:** ", text, flags=re.MULTILINE)


def _as_list(block: str, indent: str) -> str:
    """Give each entry ``name: text`` a bullet; its further lines stand below its text."""
    block = re.sub(rf"^{indent} {{4}}", f"{indent}  ", block, flags=re.MULTILINE)
    return re.sub(rf"^{indent}(\w+)", rf"{indent}- **\1**", block, flags=re.MULTILINE)


def _several(entries: str) -> str:
    """Name several results below a line without a colon, which napoleon would take for a type."""
    return "Returns:\n    A tuple of\n\n" + _as_list(entries, " " * 4)
