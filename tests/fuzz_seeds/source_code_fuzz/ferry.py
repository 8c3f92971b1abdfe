import os
import sys


# Crosses the river.
@timed
def cross(boat, people):
    for one in people:
        boat.take(one)

    return boat


class Boat:
    def take(self, one):
        self.people.append(one)
