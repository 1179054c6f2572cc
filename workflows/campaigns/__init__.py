"""Campaigns: many agencies owe the same plan or report by the same day (Article 27 of the regulation)."""
