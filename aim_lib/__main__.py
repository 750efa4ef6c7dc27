"""`python -m aim_lib …` is the `aim` program."""

from .cli import main

if __name__ == "__main__":
    main()
