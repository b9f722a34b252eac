"""Cases about Pod DNS."""
