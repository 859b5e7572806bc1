"""The `translator` command: options, files, console and exit codes.

Imports every other package.
"""
