"""Commands that are no run: they print something, or write a file, and pytest ends."""
