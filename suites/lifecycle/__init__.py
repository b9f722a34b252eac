"""Cases about a Pod's life: restarts, phases, states, conditions, init containers, sidecars, the end."""
