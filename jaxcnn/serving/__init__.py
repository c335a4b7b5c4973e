"""Serve a network over HTTP: the Open Inference Protocol, pictures, metrics, and a page.

| question | where |
|---|---|
| How does one serve a network? | `serve`, `ServerLimits` |
| How does one serve it in another ASGI server? | `app` |

- `_app` makes the application: `_routes` has the addresses, `_endpoints` the answers,
  `_repository_index` the list of models, `_page` the page, `_metrics` the counts and times.
- What comes in and goes out: `_bodies` receives within limits, `_rates` counts requests per client,
  `_messages` reads and writes the protocol, and `_tensors` its tensors. `_pictures` decodes picture
  files, and `_heat` draws heat maps.
- What is computed: `_engine` owns the threads, `_batching` is their queue, and `_programs` the
  compiled network. `_batch_sizes` says how large the next batch is, and `_pace` when it begins.
- `_server` runs the application in Uvicorn, with the connections of `_connections`.
"""

from jaxcnn.serving._app import app
from jaxcnn.serving._limits import ServerLimits
from jaxcnn.serving._server import serve

__all__ = ["ServerLimits", "app", "serve"]
