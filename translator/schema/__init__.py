"""Vendors' specs: load, lint and diff them, and read the types of their events.

May import only the root modules.
"""
