"""The public addresses of checkpoints: whoever keeps one can hold the program to it, without an account."""
