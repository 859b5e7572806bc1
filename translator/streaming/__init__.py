"""Translate NDJSON streams: read, batch, translate and write, in one process or several.

Imports `compiler` and everything below it.
"""
