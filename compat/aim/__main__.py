"""`python -m aim …`: the words go on to the `aim` command as they are."""

from aim_lib.entry import main

main()
