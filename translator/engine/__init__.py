"""Translators: bind arguments, compile a plan or load it from the cache, link it, run it.

May import `streaming`, `compiler` and everything below them.
"""
