"""Mistakes that somebody who writes a runtime could make, one at a time, and the requirements whose cases must see them."""
