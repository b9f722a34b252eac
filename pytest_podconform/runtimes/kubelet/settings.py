"""Where a standalone kubelet keeps its things, as its fixture has written it down."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import msgspec

from pytest_podconform.errors import EnvironmentFault
from pytest_podconform.fixtures.cache import cache_folder

VARIABLE: Final = "PODCONFORM_KUBELET"
"""Names the file, where it is not the one that `podconform node up` writes."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One node."""

    version: str
    node: str
    """What the kubelet appends to the names of its Pods."""
    manifests: Path
    logs: Path
    kubelet_log: Path
    containerd: Path
    """The socket to which images are brought."""
    port: int
    """The read-only port, on loopback."""
    cluster_dns: tuple[str, ...]
    cluster_domain: str
    resolv_conf: Path
    """The file that the kubelet takes for the node's; cases write others."""
    node_nameservers: tuple[str, ...]
    node_searches: tuple[str, ...]
    node_options: tuple[str, ...]

    @property
    def node_file(self) -> str:
        """What stands in that file at first."""
        file = {"nameserver": self.node_nameservers, "search": [" ".join(self.node_searches)]}
        file["options"] = [" ".join(self.node_options)]
        return "".join(f"{word} {value}\n" for word, values in file.items() for value in values if value)


def load() -> Settings:
    """Read the settings.

    Raises:
        EnvironmentFault: there is no such file, or it is damaged.

    """
    path = Path(os.environ.get(VARIABLE) or cache_folder() / "kubelet-node" / "node.json")
    try:
        return msgspec.json.decode(path.read_bytes(), type=Settings, dec_hook=_path)
    except OSError as error:
        do = ["start one: `podconform node up` (Debian or Ubuntu, as root)", f"or name the file of another one with {VARIABLE}"]
        raise EnvironmentFault(f"no standalone kubelet: {path}: {error.strerror}", do=do) from error
    except msgspec.MsgspecError as error:
        raise EnvironmentFault(f"{path} does not describe a kubelet: {error}", do=["`podconform node up` writes it"]) from error


def _path(kind: type[Any], value: object) -> Path:
    """Make a path of a text; msgspec knows none."""
    if kind is not Path or not isinstance(value, str):
        raise NotImplementedError
    return Path(value)
