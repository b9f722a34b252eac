"""Kubernetes objects as plain data."""

from __future__ import annotations

from typing import Any, TypeAlias

Manifest: TypeAlias = dict[str, Any]
"""A Kubernetes object, or a part of one, as YAML or JSON decodes to; field names as in the API. Nothing else is one."""
