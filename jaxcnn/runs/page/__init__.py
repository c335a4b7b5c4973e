"""One page about a run: what the report shows, a short file a section."""

from jaxcnn.runs.page._command import report_command
from jaxcnn.runs.page._write import report

__all__ = ["report", "report_command"]
