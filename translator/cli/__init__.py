"""The `translator` command: options, files, console and exit codes.

May import every other package.
"""
