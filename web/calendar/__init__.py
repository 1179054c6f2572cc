"""The working-day calendar: its years, what is proposed for them, and who changed what."""
