"""A kubeconfig for the stand-in of an API server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


def use(url: str, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Write a kubeconfig and have it used."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    (folder / "config").write_text(json.dumps(config))
    patch.setenv("KUBECONFIG", str(folder / "config"))
