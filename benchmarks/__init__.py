"""Measurements that are no tests: run by hand, on loopback, bounded."""
