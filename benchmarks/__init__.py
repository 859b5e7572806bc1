"""How fast the translator is beside code written by hand and beside other tools."""
