"""Looking at a case as it stood at each event of its log."""
