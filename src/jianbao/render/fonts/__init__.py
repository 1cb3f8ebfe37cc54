"""Find fonts on the machine, prepare them once, and check them before use."""
