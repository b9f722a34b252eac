"""A whole cluster by its kubeconfig: Pods and Services through its API server, its own DNS, its own kubelets.

The runtime is imported when it is wanted: pytest's help reads the options of this package each time pytest starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .runtime import KubernetesRuntime

__all__ = ["KubernetesRuntime"]


def __getattr__(name: str) -> type[KubernetesRuntime]:
    if name in __all__:
        from .runtime import KubernetesRuntime  # noqa: PLC0415 - see above

        return KubernetesRuntime
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
