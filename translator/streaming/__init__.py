"""Translate NDJSON streams: read, batch, translate and write, in one process or several.

May import `compiler` and everything below it.
"""
