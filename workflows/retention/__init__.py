"""How long the content of cases is kept, and its lawful deletion by two persons, which leaves the proof."""
