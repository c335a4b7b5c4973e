"""What `jaxcnn doctor` says."""

import dataclasses

from jaxcnn._support.files import to_json


@dataclasses.dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        name: what was looked at.
        found: what was found, in a line.
        advice: what could be done about it, a sentence each.
        broken: whether it does not work.
    """

    name: str
    found: str
    advice: tuple[str, ...] = ()
    broken: bool = False


@dataclasses.dataclass(frozen=True)
class Diagnosis:
    """All findings, in the order of the checks.

    Attributes:
        findings: one or more of each check.
    """

    findings: tuple[Finding, ...]

    @property
    def broken(self) -> tuple[str, ...]:
        """The names of what does not work."""
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
        """The report as JSON: ``{"broken": [names], "findings": [...]}``."""
        findings = [dataclasses.asdict(finding) for finding in self.findings]
        return to_json({"broken": self.broken, "findings": findings}, indent=1)
