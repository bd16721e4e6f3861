"""Strategies, studies, stores and comparison."""
