"""How a case may want its node to be."""

from __future__ import annotations

import msgspec


class NodeConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a node agent is configured with, where a case cannot take it as it is."""

    resolv_conf: str
    """The text of the file that the agent takes for the node's resolv.conf."""
