"""The registry: every documented sentence with its id, level and source, and whether a case covers it."""

from pytest_podconform.judge.verdict import Level

from .registry import Basis, Profile, Requirement, load_profiles, load_requirements

__all__ = ["Basis", "Level", "Profile", "Requirement", "load_profiles", "load_requirements"]
