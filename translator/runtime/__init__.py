"""Functions that emitted code calls.

Imports the root modules only, never a stage of the compiler.
"""
