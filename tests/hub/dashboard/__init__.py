"""The pages, as the server gives them and as a browser shows them."""
