"""What people may see. Every query takes the acting person; what belongs to others does not exist for them."""
