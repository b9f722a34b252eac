"""A runtime that exists only as a virtual clock: the same Pod machine, scripted targets, no container, no socket."""

from .runtime import SimulatedRuntime

__all__ = ["SimulatedRuntime"]
