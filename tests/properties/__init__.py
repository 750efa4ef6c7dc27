"""Properties that must hold for every input; bounded, so that they run with the other tests."""

from hypothesis import settings

from aim_lib.host import current

# `aim dev soak` asks for many more.
EXAMPLES = int(current().get("SOAK_EXAMPLES") or 60)
# Time varies with the machine and real files are slow; examples are found again from the seed, not from a database.
BOUNDED = settings(max_examples=EXAMPLES, deadline=None, database=None)
