"""Numerical algorithms: what a search tunes or calls."""
