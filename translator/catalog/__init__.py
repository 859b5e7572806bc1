"""The formats at hand: find specs and mappings in folders, load them, choose routes.

Imports `language` and everything below it.
"""
