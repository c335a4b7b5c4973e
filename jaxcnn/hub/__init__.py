"""Pretrained networks by name, from the Hugging Face hub or from a folder.

| question | where |
|---|---|
| How does one begin with pretrained weights? | `pretrained` |
| What if the hub does not answer as expected? | `HubError` |

The files come through the package `huggingface_hub` and its cache. Only JSON and safetensors are
read, which cannot run code. `jaxcnn.models.list_timm_models` lists the networks of timm that there
are.
"""

from jaxcnn.hub._errors import HubError
from jaxcnn.hub._pretrained import pretrained

__all__ = ["HubError", "pretrained"]
