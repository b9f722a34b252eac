"""The command line `podconform`: one module for each command, imported when that command is used."""
