"""Find the specs and mappings in folders, load them, and choose routes.

May import `language` and everything below it.
"""
