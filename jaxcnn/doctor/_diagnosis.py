"""The report of `jaxcnn doctor`."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import Result, TableResult
from jaxcnn._support.tables import Table


@dataclasses.dataclass(frozen=True)
class Finding(Result):
    """The result of one check.

    Attributes:
        name: Name of the check, such as ``"CPU cores"``.
        found: The result in one line.
        advice: What to do about the result, one sentence per entry.
        broken: Whether something does not work.
    """

    name: str
    found: str
    advice: tuple[str, ...] = ()
    broken: bool = False


@dataclasses.dataclass(frozen=True)
class Diagnosis(TableResult):
    """The findings of all checks, which `str()` formats as a report.

    Attributes:
        findings: One finding per check, in the order of the checks.
    """

    findings: tuple[Finding, ...]

    _derived = ("broken",)

    @property
    def broken(self) -> tuple[str, ...]:
        """Names of the checks that found something broken."""
        return tuple(finding.name for finding in self.findings if finding.broken)

    def __str__(self) -> str:
        width = max((len(finding.name) for finding in self.findings), default=0)
        lines = [
            f"{'BROKEN' if finding.broken else '':6} {finding.name:{width}}  {finding.found}"
            for finding in self.findings
        ]
        advice = self._advice()
        return "\n".join([*lines, *(["", advice] if advice else []), "", self._verdict()])

    def _advice(self) -> str:
        lines = [f"- {sentence}" for finding in self.findings for sentence in finding.advice]
        return "\n".join(["Advice", *lines]) if lines else ""

    def _verdict(self) -> str:
        return f"Broken: {', '.join(self.broken)}." if self.broken else "Nothing is broken."

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return [finding.to_dict() for finding in self.findings]

    def _blocks(self) -> Iterable[Block]:
        columns = ("broken", "name", "found")
        rows = [{name: getattr(f, name) for name in columns} for f in self.findings]
        advice = self._advice()
        return [Table.of(rows, words=3), *([advice] if advice else []), self._verdict()]
