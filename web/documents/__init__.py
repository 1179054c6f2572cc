"""Official documents: incoming and outgoing lists, the document and its PDF, confirmation of receipt."""
