"""`python -m pytest_podconform` is the command `podconform`."""

from pytest_podconform.commands.main import main

if __name__ == "__main__":
    main()
