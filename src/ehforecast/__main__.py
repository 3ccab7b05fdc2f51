"""`python -m ehforecast`: the command line, where the command is not on the path."""

from ehforecast.cli import main

if __name__ == "__main__":
    main()
