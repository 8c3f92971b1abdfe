"""Ferries."""
import math


class Ferry:
    """A boat."""

    def __init__(self, seats):
        self.seats = seats


def trips(people, seats):
    # Round up.
    return math.ceil(people / seats)
