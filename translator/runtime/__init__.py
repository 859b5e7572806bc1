"""Functions that emitted code calls.

Imports only the root modules, never a stage of the compiler.
"""
