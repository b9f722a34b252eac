"""What a Pod does over time, as a sans-IO machine: begin reading at `machine`, then the tables in `container`, `worker`."""

from .machine import PodMachine
from .policy import DOCUMENTED, KUBELET, Policy, Relists
from .table import UnexpectedTrigger

__all__ = ["DOCUMENTED", "KUBELET", "PodMachine", "Policy", "Relists", "UnexpectedTrigger"]
