"""watch(): histograms of a PyTorch model's gradients and parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from cairn.media import Histogram

__all__ = ["Watch"]


class Watch:
    """Listens to the gradients of `models` and logs every `log_freq`-th of each parameter.

    `log`: "gradients", "parameters" or "all". Keys are gradients/NAME and parameters/NAME; the step
    is the one the next log() of the run will have.
    """

    def __init__(
        self, log_row: Callable[[dict[str, Any]], None], models: Any, log: str, log_freq: int
    ) -> None:
        self._log_row = log_row
        self._handles: list[Any] = []
        self.models: list[Any] = list(models) if isinstance(models, (list, tuple)) else [models]
        for index, model in enumerate(self.models):
            prefix = f"{index}." if len(self.models) > 1 else ""
            self._listen(model.named_parameters(), prefix, log, max(1, int(log_freq)))

    def _listen(
        self, parameters: Iterable[tuple[str, Any]], prefix: str, log: str, log_freq: int
    ) -> None:
        for name, parameter in parameters:
            if parameter.requires_grad:
                hook = self._hook(prefix + name, parameter, log, log_freq)
                self._handles.append(parameter.register_hook(hook))

    def _hook(self, name: str, parameter: Any, log: str, log_freq: int) -> Callable[[Any], None]:
        calls = 0

        def hook(gradient: Any) -> None:
            nonlocal calls
            calls += 1
            if calls % log_freq:
                return
            row = {}
            if log in ("gradients", "all"):
                row[f"gradients/{name}"] = Histogram(gradient)
            if log in ("parameters", "all"):
                row[f"parameters/{name}"] = Histogram(parameter)
            self._log_row(row)

        return hook

    def stop(self) -> None:
        """Stops listening."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
