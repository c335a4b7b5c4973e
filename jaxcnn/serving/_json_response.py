"""Responses of JSON in ASCII, whatever characters the names of classes have."""

import json
from typing import Any

from starlette.responses import JSONResponse


class AsciiResponse(JSONResponse):
    """A response of JSON in ASCII; numbers that are not finite are an error."""

    def render(self, content: Any) -> bytes:
        """Return the body."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")
