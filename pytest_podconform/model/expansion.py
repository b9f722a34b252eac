"""`$(NAME)` in commands, as Kubernetes expands it.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#entrypoint
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .pod import EnvVar

_REFERENCE = re.compile(r"\$(?:\$|\((?P<name>[^)]*)\))")


def expand(text: str, variables: Sequence[EnvVar]) -> str:
    """Put the values of variables in the place of their references.

    A reference to a variable that is not there stays as it is, and `$$` is a plain `$`: `$$(NAME)` is no reference.
    """
    values = {variable.name: variable.value for variable in variables}

    def value(match: re.Match[str]) -> str:
        return "$" if match["name"] is None else values.get(match["name"], match[0])

    return _REFERENCE.sub(value, text)
