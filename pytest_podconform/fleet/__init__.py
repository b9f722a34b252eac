"""Many nodes at once: `run` starts a harness on each and collects the reports, `incluster` is what runs there."""
