"""Translators: bind arguments, compile a plan or load it from the cache, link it, run it.

Imports `streaming`, `compiler` and everything below them.
"""
