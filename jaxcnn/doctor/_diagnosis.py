"""The report of `jaxcnn doctor`."""

import dataclasses

from jaxcnn._support.files import to_json


@dataclasses.dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        name: Name of the check, such as ``"CPU cores"``.
        found: The result in one line.
        advice: What to do about it, one sentence per entry.
        broken: Whether something does not work.
    """

    name: str
    found: str
    advice: tuple[str, ...] = ()
    broken: bool = False


@dataclasses.dataclass(frozen=True)
class Diagnosis:
    """The findings of all checks, which `str()` formats as a report.

    Attributes:
        findings: One finding per check, in their order.
    """

    findings: tuple[Finding, ...]

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
        advice = [f"- {sentence}" for finding in self.findings for sentence in finding.advice]
        if advice:
            lines += ["", "Advice", *advice]
        verdict = f"Broken: {', '.join(self.broken)}." if self.broken else "Nothing is broken."
        return "\n".join([*lines, "", verdict])

    def to_json(self) -> str:
        """Return the report as JSON: ``{"broken": [names], "findings": [...]}``."""
        findings = [dataclasses.asdict(finding) for finding in self.findings]
        return to_json({"broken": self.broken, "findings": findings}, indent=1)
