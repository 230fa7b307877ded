"""Keep numbers on the device."""

from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

__all__ = ["Constants"]


class Constants(TorchFunctionMode):  # type: ignore[misc]
    """Within this context, each number or shape is copied to the device once.

    In every step, Keras makes tensors of the decay rates of an optimizer and of the shape of
    the losses, among others. On a card each such copy waits until the card has done all its work.
    """

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[tuple[Any, ...], Any] = {}

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Call a function of PyTorch, or return what it returned for the same number."""
        kwargs = kwargs or {}
        if function is not torch.as_tensor or not _is_constant(args[0]):
            return function(*args, **kwargs)
        key = (repr(args[0]), kwargs.get("dtype"), str(kwargs.get("device")))
        if key not in self._known:
            self._known[key] = function(*args, **kwargs)
        return self._known[key]


def _is_constant(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_is_constant, value))
    return type(value) in (bool, int, float)
