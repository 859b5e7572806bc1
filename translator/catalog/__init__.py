"""Find the specs and mappings in folders, load them, and choose routes.

Imports `language` and everything below it.
"""
