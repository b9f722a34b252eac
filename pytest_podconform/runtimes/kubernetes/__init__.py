"""A whole cluster by its kubeconfig: Pods and Services through its API server, its own DNS, its own kubelets."""

from .runtime import KubernetesRuntime

__all__ = ["KubernetesRuntime"]
