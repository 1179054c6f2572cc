"""Cases: finding, opening, reading them, and their attachments."""
