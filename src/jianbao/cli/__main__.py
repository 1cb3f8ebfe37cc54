"""The command line, run as a module."""

from jianbao.cli import main

main()
