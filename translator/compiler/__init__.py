"""Compile a route of mappings to the source of a Python module.

Imports `catalog`, `crosswalk`, `language` and everything below them.
"""
