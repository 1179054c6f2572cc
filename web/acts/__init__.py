"""What officers do with a case beside completing its steps: each act a small page with its reason."""
