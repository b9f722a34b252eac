"""Find the runtime that an option names."""

from __future__ import annotations

import importlib
import importlib.metadata
from typing import TYPE_CHECKING, Any, Final

from pytest_podconform.errors import AdapterFault, UsageFault, unknown
from pytest_podconform.model.validated import InvalidFieldsError

if TYPE_CHECKING:
    from .interface import Runtime

GROUP: Final = "podconform.runtimes"
BUILT_IN: Final = {
    "docker": "pytest_podconform.runtimes.docker:DockerRuntime",
    "kubelet": "pytest_podconform.runtimes.kubelet:KubeletRuntime",
    "kubernetes": "pytest_podconform.runtimes.kubernetes:KubernetesRuntime",
    "simulated": "pytest_podconform.runtimes.simulated:SimulatedRuntime",
}


def find(name: str) -> str:
    """Return the `module:attribute` of the runtime of that name: a built-in one, an entry point's, or the name itself.

    Nothing is imported yet.

    Raises:
        UsageFault: there is none of that name.

    """
    known = {**{point.name: point.value for point in importlib.metadata.entry_points(group=GROUP)}, **BUILT_IN}
    if ":" not in name and name not in known:
        raise unknown("runtime", name, [*known, "module:attribute"], option="--podconform-runtime")
    return known.get(name, name)


def load(path: str) -> type[Runtime]:
    """Import a runtime.

    Raises:
        UsageFault: there is no such module or attribute.
        AdapterFault: it cannot be imported, is no runtime, or declares what no runtime can; names every field at fault.

    """
    module_name, _, attribute = path.partition(":")
    if not (module_name and attribute):
        raise UsageFault(f"--podconform-runtime: {path!r} is not of the form module:attribute")
    try:
        found: Any = getattr(importlib.import_module(module_name), attribute)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{module_name}.".startswith(f"{error.name}."):
            here = "a module in this folder is found by `python -m pytest ...`, or with PYTHONPATH=."
            raise UsageFault(f"--podconform-runtime: no module {error.name!r}", do=[here]) from error
        raise AdapterFault(f"{path} cannot be imported: {error}") from error
    except AttributeError as error:
        raise UsageFault(f"--podconform-runtime: module {module_name!r} has no {attribute!r}") from error
    except InvalidFieldsError as error:
        raise AdapterFault(f"{path}: {error}", do=["docs/adapter.md describes what an adapter declares"]) from error
    except Exception as error:
        raise AdapterFault(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    return _checked(found, path)


def _checked(found: Any, path: str) -> type[Runtime]:
    from .interface import Capabilities, Runtime  # noqa: PLC0415 - not before a runtime is wanted

    if not (isinstance(found, type) and issubclass(found, Runtime)):
        raise AdapterFault(f"{path} is no subclass of pytest_podconform.runtimes.interface.Runtime")
    if not isinstance(getattr(found, "capabilities", None), Capabilities):
        raise AdapterFault(f"{path} declares no capabilities", do=["capabilities = Capabilities(http_probes=True, ...)"])
    return found
