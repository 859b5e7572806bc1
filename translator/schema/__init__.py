"""Vendors' specs: load, lint and diff them, and read the types of their events.

Imports `runtime` and the root modules.
"""
