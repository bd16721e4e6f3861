"""Tasks: a space, an evaluation and a published reference each."""
