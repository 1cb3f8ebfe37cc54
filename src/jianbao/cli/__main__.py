"""Run the command line as a module."""

from jianbao.cli import main

main()
