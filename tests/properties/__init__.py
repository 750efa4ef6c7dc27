"""Properties that must hold for every input; bounded, so that they run with the other tests."""

from hypothesis import settings

# Time varies with the machine and real files are slow; examples are found again from the seed, not from a database.
BOUNDED = settings(max_examples=60, deadline=None, database=None)
