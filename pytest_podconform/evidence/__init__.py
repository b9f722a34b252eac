"""What is known of an experiment: events of typed kinds, the readers that make them, and the timeline that they become.

`base` has what all events have in common; `target`, `status` and `harness` have the kinds, one class each; `events` has the
union of them. `target_log` reads the lines of a container, `status_log` the differences between snapshots of a status.
"""
