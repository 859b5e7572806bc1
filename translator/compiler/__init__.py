"""Compile a route of mappings to the source of a Python module.

May import `catalog`, `crosswalk`, `language` and everything below them.
"""
