"""Whether two windows of values have the same distribution, and if not, how far apart they are.

Statistics alone; must not know where the values come from.
"""
