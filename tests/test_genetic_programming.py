"""Genetic programming: broods, what they leave out, who survives, and that it finds formulas."""
