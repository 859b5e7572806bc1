"""Analyze a catalog before any event is seen, and explain the translation of one event.

May import `engine` and everything below it.
"""
