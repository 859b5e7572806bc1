"""Analyze a catalog before any event is seen, and explain the translation of one event.

Imports `engine` and everything below it.
"""
