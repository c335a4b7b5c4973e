"""`Tensor`: an input or output of an exported file."""

import dataclasses

from jaxcnn._support.results import Result


@dataclasses.dataclass(frozen=True)
class Tensor(Result):
    """An input or output of an exported file.

    Attributes:
        name: Its name in the file.
        dtype: NumPy's name of its dtype.
        shape: Its sizes; an axis of any size has a name.
    """

    name: str
    dtype: str
    shape: tuple[int | str, ...]

    def __str__(self) -> str:
        return f"{self.name} {self.dtype} ({', '.join(map(str, self.shape))})"
