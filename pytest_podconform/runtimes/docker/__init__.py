"""The reference runtime: Pods on a Docker engine, run by the Pod machine."""

from .runtime import DockerRuntime

__all__ = ["DockerRuntime"]
