"""What lies in each export beside the history: a README, and the verifier, which needs nothing of this program."""
