"""`python -m aim_lib …` is the `aim` program."""

from .entry import main

if __name__ == "__main__":
    main()
