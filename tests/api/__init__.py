"""The HTTP interfaces, asked as clients ask them."""
