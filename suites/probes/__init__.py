"""Cases about probes."""
