"""Problems about formulas: laws behind data, constants, and the zeros of functions."""
