"""Pages for whoever oversees how the regulation is kept."""
