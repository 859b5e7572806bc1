"""What is known before an event is seen (check, proof, coverage), and about one event (explain).

Imports `engine` and everything below it.
"""
