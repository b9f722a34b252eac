"""Experiments: apply a case's objects to a runtime and record what happens, knowing nothing of what is expected."""
