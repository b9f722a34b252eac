"""Pod runtimes: the interface that a vendor implements, and the runtimes that come with this project."""
