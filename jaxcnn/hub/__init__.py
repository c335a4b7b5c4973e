"""Networks on the Hugging Face hub: load them by name, and publish your own.

| question | where |
|---|---|
| How does one begin with pretrained weights? | `pretrained` |
| How is a run published? | `push`, `PushedModel`; `write_model_folder` without sending it |
| How is it loaded again? | `load`, which also reads folders; `parse_address`, `is_model_folder` |
| What if the hub does not answer as expected? | `HubError` |

- `_repository` asks the hub what it has; `_fetch` downloads a file, `_cache` keeps it, and `_read`
  reads both files of a repository.
- `_card`, `_card_input`, `_licenses` and `_model_folder` write what is published, and `_upload`
  sends it.

The files come through the package `huggingface_hub` and its cache. Only JSON and safetensors are
read, which cannot run code. `jaxcnn.models.list_timm_models` lists the networks of timm that there
are.
"""

from jaxcnn.hub._address import Address, parse_address
from jaxcnn.hub._errors import HubError
from jaxcnn.hub._licenses import LICENSES
from jaxcnn.hub._load import load
from jaxcnn.hub._model_folder import write_model_folder
from jaxcnn.hub._pretrained import pretrained
from jaxcnn.hub._push import PushedModel, push
from jaxcnn.hub._read import is_model_folder

__all__ = [
    "LICENSES",
    "Address",
    "HubError",
    "PushedModel",
    "is_model_folder",
    "load",
    "parse_address",
    "pretrained",
    "push",
    "write_model_folder",
]
