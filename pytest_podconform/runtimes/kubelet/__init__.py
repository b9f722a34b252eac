"""A real kubelet without an API server: Pods from a folder, status over its read-only port, logs from files."""

from .runtime import KubeletRuntime

__all__ = ["KubeletRuntime"]
